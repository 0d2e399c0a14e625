// SPDX-License-Identifier: Apache-2.0
#include "mail/mail.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/mail_address.h"
#include "mail/mime.h"

namespace countersign::mail {
namespace {

constexpr std::size_t kMaxName = 200;
constexpr std::size_t kMaxSubject = 400;
constexpr std::size_t kMaxBodies = 256 << 10;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_host_character(char c) {
  return is_letter_or_digit(c) || c == '-';
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
}

bool is_message_id(std::string_view id) {
  return !id.empty() && id.size() <= 100 && std::ranges::all_of(id, is_host_character);
}

Result<void> check(const Message& message, std::string_view id) {
  if (!is_mail_address(message.from)) return fail(ErrorCode::kMalformed, "mail: not a sender's address");
  if (!is_mail_address(message.to)) return fail(ErrorCode::kMalformed, "mail: not a recipient's address");
  if (!is_message_id(id)) return fail(ErrorCode::kMalformed, "mail: not an id of a message");
  if (std::ranges::any_of(message.from_name, is_control) || std::ranges::any_of(message.subject, is_control))
    return fail(ErrorCode::kMalformed, "mail: control character in a header");
  if (message.from_name.size() > kMaxName || message.subject.size() > kMaxSubject ||
      message.text.size() + message.html.size() > kMaxBodies)
    return fail(ErrorCode::kTooLarge, "mail: name, subject or body too long");
  return ok();
}

// RFC 5322 §3.3
std::string date_header(TimePoint time) {
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = whole_seconds(time);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{seconds - day};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
                     kDays[std::chrono::weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string mailbox(std::string_view name, std::string_view address) {
  if (name.empty()) return fmt::format("<{}>", address);
  const bool plain = std::ranges::all_of(name, [](char c) { return is_atom_character(c) || c == ' '; });
  const std::string encoded = encode_header(name);
  if (encoded != name) return fmt::format("{}\r\n <{}>", encoded, address);
  if (plain) return fmt::format("\"{}\" <{}>", name, address);
  std::string quoted;
  for (const char c : name) quoted += (c == '"' || c == '\\') ? std::string{'\\', c} : std::string(1, c);
  return fmt::format("\"{}\" <{}>", quoted, address);
}

// The top of the message, down to its type.
std::string headers(const Message& message, std::string_view id, TimePoint date) {
  const std::string_view domain = std::string_view(message.from).substr(message.from.find('@') + 1);
  return fmt::format(
      "From: {}\r\nTo: <{}>\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}@{}>\r\nAuto-Submitted: "
      "auto-generated\r\n"
      "MIME-Version: 1.0\r\n",
      mailbox(message.from_name, message.from), message.to, encode_header(message.subject), date_header(date),
      id, domain);
}

void append(Bytes& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

void append_part(Bytes& out, std::string_view type, std::string_view text) {
  const BodyEncoding encoding = encoding_for(text);
  append(out, fmt::format("Content-Type: {}; charset=UTF-8\r\nContent-Transfer-Encoding: {}\r\n\r\n", type,
                          encoding_name(encoding)));
  append_body(out, text, encoding);
}

}  // namespace

Message::~Message() {
  for (std::string* part : {&text, &html})
    crypto::wipe({reinterpret_cast<std::uint8_t*>(part->data()), part->size()});
}

std::string normalize_mail_address(std::string_view address) {
  std::string normalized(address);
  const auto at = normalized.rfind('@');
  for (std::size_t i = at == std::string::npos ? normalized.size() : at; i < normalized.size(); ++i)
    if (normalized[i] >= 'A' && normalized[i] <= 'Z')
      normalized[i] = static_cast<char>(normalized[i] - 'A' + 'a');
  return normalized;
}

Result<crypto::SecretBytes> format_message(const Message& message, std::string_view id, TimePoint date) {
  TRY(check(message, id));
  const std::string top = headers(message, id, date);
  Bytes out;
  out.reserve(top.size() + body_capacity(message.text) + body_capacity(message.html) + 2048);
  append(out, top);
  if (message.html.empty()) {
    append_part(out, "text/plain", message.text);
    return crypto::SecretBytes(std::move(out));
  }
  const std::string boundary = fmt::format("=_{}", id);  // "=_" occurs in neither encoding
  append(out,
         fmt::format("Content-Type: multipart/alternative;\r\n boundary=\"{0}\"\r\n\r\n--{0}\r\n", boundary));
  append_part(out, "text/plain", message.text);
  append(out, fmt::format("\r\n--{}\r\n", boundary));
  append_part(out, "text/html", message.html);
  append(out, fmt::format("\r\n--{}--\r\n", boundary));
  return crypto::SecretBytes(std::move(out));
}

}  // namespace countersign::mail
