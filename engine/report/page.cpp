#include "engine/report/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/report/format.hpp"
#include "engine/report/svg.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {
namespace {

std::string_view class_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "good";
    case Tone::warning:
      return "warning";
    case Tone::bad:
      return "bad";
    default:
      return "plain";
  }
}

std::string table_html(const HtmlTable& table) {
  const auto row = [&](const std::vector<std::string>& cells, std::string_view tag, bool strong) {
    std::string out = strong ? R"(<tr class="total">)" : "<tr>";
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const bool left =
          c == 0 || std::find(table.left.begin(), table.left.end(), static_cast<int>(c)) != table.left.end();
      out += fmt::format("<{}{}>{}</{}>", tag, left ? R"( class="left")" : "", escape(cells[c]), tag);
    }
    return out + "</tr>";
  };
  std::string out = R"(<div class="scroll"><table>)";
  if (!table.header.empty()) out += "<thead>" + row(table.header, "th", false) + "</thead>";
  out += "<tbody>";
  for (std::size_t r = 0; r < table.rows.size(); ++r)
    out += row(
        table.rows[r], "td",
        std::find(table.strong_rows.begin(), table.strong_rows.end(), static_cast<int>(r)) != table.strong_rows.end());
  return out + "</tbody></table></div>";
}

}  // namespace

Page::Page(std::string title, std::string subtitle, std::string status, Tone status_tone)
    : title_(std::move(title)), subtitle_(std::move(subtitle)), status_(std::move(status)), status_tone_(status_tone) {}

void Page::card(Card card) {
  cards_.push_back(std::move(card));
}

void Page::section(std::string title, std::string text) {
  sections_.push_back({std::move(title), std::move(text), {}});
}

void Page::figure(std::string_view file, std::string_view title, std::string_view caption, std::string svg, bool half) {
  if (svg.empty()) return;
  if (sections_.empty()) section("Results", "");
  sections_.back().blocks.push_back(
      {Block::Kind::figure, std::string(file), std::string(title), std::string(caption), std::move(svg), half});
}

void Page::table(std::string_view title, std::string_view caption, const HtmlTable& table) {
  if (table.rows.empty()) return;
  if (sections_.empty()) section("Results", "");
  sections_.back().blocks.push_back(
      {Block::Kind::table, "", std::string(title), std::string(caption), table_html(table), false});
}

void Page::paragraph(std::string_view text) {
  if (text.empty()) return;
  if (sections_.empty()) section("Results", "");
  sections_.back().blocks.push_back({Block::Kind::paragraph, "", "", "", std::string(text), false});
}

void Page::folded(std::string_view title, std::string_view text) {
  if (text.empty()) return;
  if (sections_.empty()) section("Results", "");
  constexpr std::size_t most = 400'000;  // a browser shows no more in good time
  std::string body(text.substr(0, most));
  if (text.size() > most) body += "\n... (cut here; the file holds all of it)";
  sections_.back().blocks.push_back({Block::Kind::folded, "", std::string(title), "", std::move(body), false});
}

void Page::raw_results(std::string_view config_toml, const nlohmann::json& summary, std::string_view log_title,
                       std::string_view log) {
  section("Settings and raw results", "");
  folded("Settings as resolved (config.toml)", config_toml);
  // error_handler replace: a name from a file may not be valid UTF-8.
  folded("All results (summary.json)",
         summary.is_null() ? "" : summary.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  folded(log_title, log);
}

std::string Page::html() const {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/>"
      "<meta name=\"color-scheme\" content=\"light dark\"/><title>{} · "
      "Wattstein</title>\n<style>{}{}</style></head>\n<body>\n",
      escape(title_), picture_css(), page_css());
  std::vector<const Section*> shown;  // a section whose pictures were all left out is left out too
  for (const Section& s : sections_)
    if (!s.blocks.empty()) shown.push_back(&s);
  out += R"(<nav aria-label="Contents"><p class="brand">Wattstein</p><ol>)";
  for (std::size_t k = 0; k < shown.size(); ++k)
    out += fmt::format(R"(<li><a href="#s{}">{}</a></li>)", k + 1, escape(shown[k]->title));
  out += "</ol></nav>\n<main>\n";
  out += fmt::format(R"(<header><h1>{} <span class="status {}">{}</span></h1><p class="subtitle">{}</p></header>)",
                     escape(title_), class_of(status_tone_), escape(words(status_)), escape(subtitle_));
  if (!cards_.empty()) {
    out += "\n<div class=\"cards\">";
    for (const Card& c : cards_)
      out += fmt::format(
          R"(<div class="card {}"><div class="what">{}</div><div class="value{}">{}</div><div class="note">{}</div></div>)",
          class_of(c.tone), escape(c.label), text_width(c.value) > 62.0 ? " long" : "", escape(c.value),
          escape(c.note));
    out += "</div>\n";
  }
  for (std::size_t k = 0; k < shown.size(); ++k) {
    const Section& s = *shown[k];
    out += fmt::format("<section id=\"s{}\"><h2>{}</h2>", k + 1, escape(s.title));
    if (!s.text.empty()) out += fmt::format(R"(<p class="lead">{}</p>)", escape(s.text));
    for (std::size_t b = 0; b < s.blocks.size(); ++b) {
      const Block& block = s.blocks[b];
      const bool pair = block.half && b + 1 < s.blocks.size() && s.blocks[b + 1].half;
      const auto figure = [](const Block& f) {
        return fmt::format("<figure><h3>{}</h3>{}<figcaption>{}</figcaption></figure>\n", escape(f.title), f.body,
                           escape(f.caption));
      };
      switch (block.kind) {
        case Block::Kind::figure:
          if (pair) {
            out += "<div class=\"pair\">" + figure(block) + figure(s.blocks[b + 1]) + "</div>\n";
            ++b;
          } else {
            out += figure(block);
          }
          break;
        case Block::Kind::table:
          out += fmt::format("<figure><h3>{}</h3>{}<figcaption>{}</figcaption></figure>\n", escape(block.title),
                             block.body, escape(block.caption));
          break;
        case Block::Kind::paragraph:
          out += fmt::format("<p>{}</p>\n", escape(block.body));
          break;
        case Block::Kind::folded:
          out += fmt::format("<details><summary>{}</summary><pre>{}</pre></details>\n", escape(block.title),
                             escape(block.body));
          break;
      }
    }
    out += "</section>\n";
  }
  return out + "</main>\n</body></html>\n";
}

std::vector<std::pair<std::string, std::string>> Page::figures() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Section& s : sections_)
    for (const Block& b : s.blocks) {
      if (b.kind != Block::Kind::figure) continue;
      // Alone the picture needs the style rules and a ground of its own.
      const std::size_t open = b.body.find('>');
      out.emplace_back(
          b.file, fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}<title>{}</title><style>{}"
                              "</style><rect width=\"100%\" height=\"100%\" fill=\"var(--surface)\"/>{}\n",
                              b.body.substr(0, open + 1), escape(b.title), picture_css(), b.body.substr(open + 1)));
    }
  return out;
}

int Page::write_figures(const std::filesystem::path& folder) const {
  files::make_writable_folder(folder);
  int written = 0;
  for (const auto& [name, text] : figures()) {
    files::write_whole(folder / (name + ".svg"), text);
    ++written;
  }
  return written;
}

Tone tone_of_status(std::string_view status) {
  if (status == "solved") return Tone::good;
  if (status == "solved_inaccurate" || status == "iteration_limit" || status == "time_limit") return Tone::warning;
  return status.empty() ? Tone::plain : Tone::bad;
}

std::string_view page_css() {
  return R"css(
*{box-sizing:border-box}
html{scroll-behavior:smooth}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1130px;margin:0 auto;padding:28px 24px 80px}
nav{position:fixed;left:0;top:0;bottom:0;width:210px;padding:30px 14px 30px 24px;overflow:auto;font-size:14px}
nav .brand{font-weight:700;letter-spacing:.02em;margin:0 0 14px;color:var(--accent)}
nav ol{list-style:none;margin:0;padding:0}
nav a{display:block;padding:4px 10px;border-left:2px solid var(--grid);color:var(--muted);text-decoration:none}
nav a:hover{color:var(--ink);border-color:var(--accent)}
@media (min-width:1120px){body{padding-left:210px}}
@media (max-width:1119px){nav{position:static;width:auto;padding:16px 24px 0}nav ol{display:flex;flex-wrap:wrap}nav a{border:0;padding:2px 12px 2px 0}nav .brand{margin:0 0 4px}}
h1{font-size:30px;line-height:1.2;margin:0;letter-spacing:-.01em;display:flex;gap:14px;align-items:center;flex-wrap:wrap}
.subtitle{margin:6px 0 22px;color:var(--muted)}
.status{font-size:14px;font-weight:600;letter-spacing:0;padding:3px 12px;border-radius:99px;border:1px solid currentColor}
.status.good{color:var(--good)}.status.warning{color:var(--warning)}.status.bad{color:var(--bad)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:0 0 12px}
.card{background:var(--surface);border:1px solid var(--grid);border-radius:10px;padding:13px 16px 12px;border-top:3px solid var(--axis)}
.card.good{border-top-color:var(--good)}.card.warning{border-top-color:var(--warning)}.card.bad{border-top-color:var(--bad)}
.what{color:var(--muted);font-size:13px}
.value{font-size:23px;font-weight:650;line-height:1.3;font-variant-numeric:tabular-nums;letter-spacing:-.01em;white-space:nowrap}
.value.long{font-size:17px;line-height:1.75;letter-spacing:-.02em}
.note{color:var(--muted);font-size:12.5px;line-height:1.35}
section{margin-top:44px;scroll-margin-top:14px}
h2{font-size:22px;margin:0 0 4px;letter-spacing:-.01em}
.lead{margin:0 0 16px;color:var(--muted);max-width:76ch}
figure{margin:0 0 16px;background:var(--surface);border:1px solid var(--grid);border-radius:10px;padding:16px 18px 14px;break-inside:avoid;min-width:0}
figure h3{font-size:15.5px;margin:0 0 10px}
figcaption{color:var(--muted);font-size:13.5px;line-height:1.45;margin-top:8px;max-width:100ch}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:16px}
@media (max-width:760px){.pair{grid-template-columns:1fr;gap:0}}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums;min-width:50%}
th,td{padding:5px 14px 5px 0;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}
th{color:var(--muted);font-weight:600;border-bottom:1.5px solid var(--axis);vertical-align:bottom}
.left{text-align:left}
tr.total td{font-weight:650;border-top:1.5px solid var(--axis)}
tbody tr:hover td{background:color-mix(in srgb,var(--accent) 7%,transparent)}
details{background:var(--surface);border:1px solid var(--grid);border-radius:10px;margin:0 0 10px;padding:10px 18px}
summary{cursor:pointer;font-weight:600}
pre{overflow-x:auto;font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;margin:10px 0 4px;max-height:560px}
@media print{nav{display:none}body{padding:0;font-size:11pt}main{max-width:none;padding:0}section{margin-top:22px}figure,.card{border-color:#ccc}pre{max-height:none;white-space:pre-wrap}@page{margin:14mm}}
)css";
}

}  // namespace wattstein::report
