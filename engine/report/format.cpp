#include "engine/report/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace wattstein::report {
namespace {

/// Bytes of the UTF-8 sequence that starts at text[i]; 0 when it is malformed.
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = byte(i);
  std::size_t length = 0;
  std::uint32_t code = 0;
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) length = 2, code = lead & 0x1Fu;
  else if (lead >= 0xE0 && lead <= 0xEF) length = 3, code = lead & 0x0Fu;
  else if (lead >= 0xF0 && lead <= 0xF4) length = 4, code = lead & 0x07u;
  else return 0;
  if (i + length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(i + k) & 0xC0) != 0x80) return 0;
    code = (code << 6) | (byte(i + k) & 0x3Fu);
  }
  // Overlong forms, surrogates, and what XML forbids.
  if (length == 3 && (code < 0x800 || (code >= 0xD800 && code <= 0xDFFF) || code == 0xFFFE || code == 0xFFFF)) return 0;
  if (length == 4 && (code < 0x10000 || code > 0x10FFFF)) return 0;
  return length;
}

std::string with_minus(std::string text) {  // the typographic minus
  if (!text.empty() && text[0] == '-') return "−" + text.substr(1);
  return text;
}

std::string trimmed(std::string text) {  // "1.500" -> "1.5"
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace

std::string grouped(std::string digits) {
  const std::size_t start = !digits.empty() && digits[0] == '-' ? 1 : 0;
  const std::size_t point = std::min(digits.find('.'), digits.size());
  for (std::size_t i = point; i > start + 3;) digits.insert(i -= 3, ",");
  return digits;
}

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++i;
      continue;
    }
    if (length > 1) {
      out.append(text.substr(i, length));
    } else {
      switch (const char c = text[i]; c) {
        case '&':
          out += "&amp;";
          break;
        case '<':
          out += "&lt;";
          break;
        case '>':
          out += "&gt;";
          break;
        case '"':
          out += "&quot;";
          break;
        case '\'':
          out += "&#39;";
          break;
        case '\n':
        case '\t':
          out += c;
          break;
        default:
          if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) out += c;
      }
    }
    i += length;
  }
  return out;
}

std::string scientific(double value, int digits) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  if (value == 0.0) return "0";
  const std::string text = fmt::format("{:.{}e}", value, std::max(digits, 1) - 1);
  const std::size_t e = text.find('e');
  const int exponent = std::stoi(text.substr(e + 1));
  static constexpr const char* superscripts[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string power = exponent < 0 ? "⁻" : "";
  for (const char c : std::to_string(std::abs(exponent))) power += superscripts[c - '0'];
  const std::string mantissa = trimmed(text.substr(0, e));
  if (mantissa == "1") return "10" + power;
  return with_minus(mantissa) + "×10" + power;
}

std::string number(double value, int digits) {
  if (!std::isfinite(value)) return scientific(value);
  if (value == 0.0) return "0";
  const double size = std::abs(value);
  if (size < 1e-3 || size >= 1e15) return scientific(value, std::min(digits, 3));
  const int before = static_cast<int>(std::floor(std::log10(size))) + 1;  // digits before the point
  return with_minus(grouped(trimmed(fmt::format("{:.{}f}", value, std::clamp(digits - before, 0, 12)))));
}

std::string with_unit(double value, std::string_view unit, int digits) {
  std::string text = number(value, digits);
  if (unit.empty()) return text;
  if (unit == "%") return text + "\u00A0%";
  return text + "\u00A0" + std::string(unit);
}

std::string money(double value) {
  if (!std::isfinite(value)) return scientific(value);
  const double size = std::abs(value);
  std::string digits =
      size >= 1e15 ? scientific(size, 4) : grouped(fmt::format("{:.{}f}", size, size < 999.995 ? 2 : 0));
  if (digits == "0.00") return "$0";
  return (value < 0 ? "−$" : "$") + digits;
}

std::string duration(double seconds) {
  if (!std::isfinite(seconds)) return scientific(seconds);
  if (seconds < 0) return "−" + duration(-seconds);
  if (seconds < 1e-3) return fmt::format("{:.0f}\u00A0µs", seconds * 1e6);
  if (seconds < 0.9995) return fmt::format("{:.0f}\u00A0ms", seconds * 1e3);
  if (seconds < 9.95) return fmt::format("{:.1f}\u00A0s", seconds);
  if (seconds < 59.5) return fmt::format("{:.0f}\u00A0s", seconds);
  if (seconds >= 3.6e12) return scientific(seconds / 3600.0, 2) + "\u00A0h";
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{}\u00A0min\u00A0{}\u00A0s", whole / 60, whole % 60);
  return fmt::format("{}\u00A0h\u00A0{}\u00A0min", whole / 3600, whole % 3600 / 60);
}

std::string count(long long value) {
  return with_minus(grouped(std::to_string(value)));
}

std::string tick_label(double value, double step) {
  if (!std::isfinite(value) || !(step > 0)) return number(value);
  if (std::abs(value) < 1e-9 * step) return "0";
  const double size = std::abs(value);
  if (size >= 1e7 || step < 1e-5) return scientific(value, 3);
  int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 8);
  // 2.5 needs one more than its power of ten says.
  const double scaled = step * std::pow(10.0, decimals);
  if (std::abs(scaled - std::round(scaled)) > 1e-6 * scaled) ++decimals;
  return with_minus(grouped(trimmed(fmt::format("{:.{}f}", value, decimals))));
}

std::string coordinate(double value) {
  if (std::isnan(value)) return "0";
  return trimmed(fmt::format("{:.2f}", std::clamp(value, -1e5, 1e5)));
}

std::string words(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i] == '_' ? ' ' : name[i];
    const bool digit = c >= '0' && c <= '9';
    if (digit && !out.empty() && ((out.back() >= 'a' && out.back() <= 'z') || (out.back() >= 'A' && out.back() <= 'Z')))
      out += ' ';
    out += c;
  }
  return out;
}

}  // namespace wattstein::report
