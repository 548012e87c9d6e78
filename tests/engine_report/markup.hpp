#pragma once
// A strict reader of markup, written for the tests alone: every tag closed in order, attributes quoted and unique, no
// bare & or <, and no number that is not one. The pages are HTML that is also well-formed XML, but for the doctype.

#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wattstein::tests {

struct Markup {
  std::string error;               // empty: well formed
  std::vector<std::string> tags;   // in the order of their opening
  std::vector<std::string> texts;  // character data, as written
  std::set<std::string> ids;

  std::size_t count(std::string_view tag) const {
    std::size_t n = 0;
    for (const std::string& t : tags) n += t == tag;
    return n;
  }
};

inline bool good_entities(std::string_view text) {
  for (std::size_t at = 0; (at = text.find('&', at)) != std::string_view::npos; ++at) {
    bool known = false;
    for (const std::string_view e : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"})
      known = known || text.substr(at, e.size()) == e;
    if (!known) return false;
  }
  return true;
}

/// A coordinate attribute or path holds no nan or inf.
inline bool good_number_text(std::string_view value) {
  std::string lower;
  for (const char c : value) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower.find("nan") == std::string::npos && lower.find("inf") == std::string::npos && !value.empty();
}

inline Markup read_markup(std::string_view text) {
  Markup out;
  std::vector<std::string> open;
  const auto fail = [&](std::string what, std::size_t at) {
    if (out.error.empty()) out.error = what + " near: " + std::string(text.substr(at < 60 ? 0 : at - 60, 160));
  };
  static const std::set<std::string, std::less<>> geometry{
      "x", "y", "x1",    "x2",     "y1",      "y2",           "cx",          "cy",
      "r", "d", "width", "height", "viewBox", "fill-opacity", "stroke-width"};
  std::size_t i = 0;
  while (i < text.size() && out.error.empty()) {
    if (text[i] != '<') {
      const std::size_t end = std::min(text.find('<', i), text.size());
      const std::string_view data = text.substr(i, end - i);
      if (!open.empty() && open.back() != "style" && !good_entities(data)) fail("bare &", i);
      if (data.find_first_not_of(" \n") != std::string_view::npos) {
        if (open.empty()) fail("text outside of any element", i);
        out.texts.emplace_back(data);
      }
      i = end;
      continue;
    }
    if (text.substr(i, 2) == "<!" || text.substr(i, 2) == "<?") {
      i = text.find('>', i);
      if (i == std::string_view::npos) fail("declaration without end", 0);
      else ++i;
      continue;
    }
    const bool closing = text.substr(i, 2) == "</";
    std::size_t at = i + (closing ? 2 : 1);
    std::string name;
    while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '-'))
      name += text[at++];
    if (name.empty()) fail("bare <", i);
    std::set<std::string> seen;
    bool alone = false;
    while (out.error.empty()) {
      while (at < text.size() && (text[at] == ' ' || text[at] == '\n')) ++at;
      if (at >= text.size()) {
        fail("tag without end", i);
      } else if (text[at] == '>') {
        ++at;
        break;
      } else if (text.substr(at, 2) == "/>") {
        alone = true;
        at += 2;
        break;
      } else {
        std::string key;
        while (at < text.size() &&
               (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '-' || text[at] == ':'))
          key += text[at++];
        if (key.empty() || text.substr(at, 2) != "=\"") {
          fail("attribute without a quoted value", i);
          break;
        }
        const std::size_t end = text.find('"', at + 2);
        if (end == std::string_view::npos) {
          fail("quote without end", i);
          break;
        }
        const std::string value(text.substr(at + 2, end - at - 2));
        if (!seen.insert(key).second) fail("attribute twice: " + key, i);
        if (!good_entities(value) || value.find('<') != std::string::npos) fail("bare & or < in an attribute", i);
        if (geometry.contains(key) && !good_number_text(value)) fail("no number in " + key, i);
        if (key == "id" && !out.ids.insert(value).second) fail("id twice: " + value, i);
        at = end + 1;
      }
    }
    if (closing) {
      if (open.empty() || open.back() != name)
        fail("</" + name + "> closes " + (open.empty() ? "nothing" : "<" + open.back() + ">"), i);
      else open.pop_back();
    } else {
      out.tags.push_back(name);
      if (!alone) open.push_back(name);
    }
    i = at;
  }
  if (out.error.empty() && !open.empty()) out.error = "<" + open.back() + "> is never closed";
  return out;
}

}  // namespace wattstein::tests
