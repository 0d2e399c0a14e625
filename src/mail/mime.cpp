// SPDX-License-Identifier: Apache-2.0
#include "mail/mime.h"

#include <algorithm>

#include "crypto/secret.h"

namespace countersign::mail {
namespace {

constexpr std::size_t kMaxPlainHeader = 60;
constexpr std::size_t kEncodedWordBytes = 39;  // with frame and "Subject: " within the 76 of RFC 2047 §2
constexpr std::size_t kMaxLine = 76;
constexpr std::size_t kBase64LineBytes = 57;
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_printable(char c) {
  return c >= ' ' && c < 0x7f;
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

void append(Bytes& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

void append_base64(Bytes& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); i += kBase64LineBytes) {
    std::string line = base64_encode(as_bytes(text.substr(i, kBase64LineBytes)));
    append(out, line);
    append(out, "\r\n");
    crypto::wipe({reinterpret_cast<std::uint8_t*>(line.data()), line.size()});
  }
}

// One line of text, without its end, in quoted-printable with soft line breaks.
void append_quoted_line(Bytes& out, std::string_view line) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool at_end = i + 1 == line.size();
    const bool literal = (is_printable(c) && c != '=' && (c != ' ' || !at_end)) || (c == '\t' && !at_end);
    const std::size_t width = literal ? 1 : 3;
    if (column + width > kMaxLine - 1) {
      append(out, "=\r\n");
      column = 0;
    }
    if (literal) {
      out.push_back(static_cast<std::uint8_t>(c));
    } else {
      const auto byte = static_cast<unsigned char>(c);
      append(out, {"="});
      append(out, kHexDigits.substr(byte >> 4, 1));
      append(out, kHexDigits.substr(byte & 15, 1));
    }
    column += width;
  }
}

void append_quoted_printable(Bytes& out, std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r') && end < text.size()) line.remove_suffix(1);
    append_quoted_line(out, line);
    append(out, "\r\n");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

std::string encode_header(std::string_view text) {
  if (text.size() <= kMaxPlainHeader && std::ranges::all_of(text, is_printable) &&
      text.find("=?") == std::string_view::npos)
    return std::string(text);
  std::string words;
  while (!text.empty()) {
    std::size_t size = std::min(text.size(), kEncodedWordBytes);
    while (size < text.size() && size > 1 && continues_character(text[size])) --size;
    if (!words.empty()) words += "\r\n ";
    words += "=?UTF-8?B?" + base64_encode(as_bytes(text.substr(0, size))) + "?=";
    text.remove_prefix(size);
  }
  return words;
}

BodyEncoding encoding_for(std::string_view text) {
  const auto foreign =
      static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !is_printable(c); }));
  return foreign > text.size() / 6 ? BodyEncoding::kBase64 : BodyEncoding::kQuotedPrintable;
}

std::string_view encoding_name(BodyEncoding encoding) {
  return encoding == BodyEncoding::kBase64 ? "base64" : "quoted-printable";
}

void append_body(Bytes& out, std::string_view text, BodyEncoding encoding) {
  if (encoding == BodyEncoding::kBase64) return append_base64(out, text);
  append_quoted_printable(out, text);
}

std::size_t body_capacity(std::string_view text) {
  return text.size() * 4 + 16;
}

}  // namespace countersign::mail
