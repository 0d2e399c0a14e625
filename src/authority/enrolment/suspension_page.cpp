// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/suspension_page.h"

#include "authority/enrolment/page_frame.h"
#include "base/html.h"

namespace countersign::authority {

namespace {

struct SuspensionWords {
  std::string_view title, purpose, serial, serial_hint, code, code_hint, button, other_language, other_label;
  std::string_view not_found, malformed, rate_limited, all_revoked, failed;
  std::string_view done_title, done;
};

constexpr SuspensionWords kEnglish{
    .title = "Suspend lost certificates",
    .purpose =
        "If the terminal or card with your wallet is lost, stop its certificates here. All of your "
        "certificates are stopped at once. Only the authority's operator can end that.",
    .serial = "Serial number",
    .serial_hint = "It is in the mail that told you of your certificates; either one will do.",
    .code = "Suspension code",
    .code_hint = "Your wallet showed it when the certificates became active: four groups of four characters.",
    .button = "Suspend my certificates",
    .other_language = "ko",
    .other_label = "한국어",
    .not_found = "There is no such serial number, or this is not its code. Nothing was suspended.",
    .malformed =
        "The serial number consists of the digits 0 to 9 and the letters a to f. Nothing was "
        "suspended.",
    .rate_limited =
        "Too many wrong codes came from your network. Try again in an hour, or call the "
        "authority.",
    .all_revoked = "Every certificate of yours is revoked already: none can be used.",
    .failed = "That did not work. Nothing was suspended. Try again, or call the authority.",
    .done_title = "Suspended",
    .done =
        "Your certificates are suspended: from now on no order signed with them is confirmed. Call the "
        "authority if you find the terminal again; otherwise register anew at a merchant."};

constexpr SuspensionWords kKorean{
    .title = "분실한 인증서 정지",
    .purpose =
        "지갑이 있는 단말기나 카드를 잃어버렸다면 여기에서 인증서를 정지하십시오. 본인의 모든 인증서가 "
        "즉시 정지됩니다. 정지는 인증기관 담당자만 해제할 수 있습니다.",
    .serial = "일련번호",
    .serial_hint = "인증서 발급을 알린 메일에 있습니다. 둘 중 하나면 됩니다.",
    .code = "정지 코드",
    .code_hint = "인증서가 활성화될 때 지갑이 보여 준 코드입니다. 네 글자씩 네 묶음입니다.",
    .button = "인증서 정지",
    .other_language = "en",
    .other_label = "English",
    .not_found = "그런 일련번호가 없거나 코드가 맞지 않습니다. 아무것도 정지되지 않았습니다.",
    .malformed = "일련번호는 숫자 0~9와 문자 a~f로 이루어집니다. 아무것도 정지되지 않았습니다.",
    .rate_limited =
        "사용 중인 네트워크에서 틀린 코드가 너무 많이 입력되었습니다. 한 시간 뒤에 다시 "
        "시도하거나 인증기관에 전화하십시오.",
    .all_revoked = "모든 인증서가 이미 폐지되어 사용할 수 없습니다.",
    .failed = "처리하지 못했습니다. 아무것도 정지되지 않았습니다. 다시 시도하거나 인증기관에 전화하십시오.",
    .done_title = "정지되었습니다",
    .done =
        "인증서가 정지되었습니다. 이제 이 인증서로 서명한 주문은 확인되지 않습니다. 단말기를 찾으면 "
        "인증기관에 전화하고, 찾지 못하면 가맹점에서 다시 등록하십시오."};

const SuspensionWords& words_in(std::string_view locale) {
  return is_korean(locale) ? kKorean : kEnglish;
}

std::string_view trouble_text(ErrorCode code, const SuspensionWords& words) {
  switch (code) {
    case ErrorCode::kNotFound:
      return words.not_found;
    case ErrorCode::kMalformed:
      return words.malformed;
    case ErrorCode::kRateLimited:
      return words.rate_limited;
    case ErrorCode::kCertificateRevoked:
      return words.all_revoked;
    default:
      return words.failed;
  }
}

struct TextField {
  std::string_view name, label, hint, value;
};

std::string text_field(const TextField& field, bool is_wrong) {
  const std::string name(field.name);
  return "<p><label for=\"" + name + "\">" + html_escape(field.label) + "</label><br><input id=\"" + name +
         "\" name=\"" + name + "\" value=\"" + html_escape(field.value) +
         "\" size=\"45\" required autocomplete=\"off\" autocapitalize=\"off\" spellcheck=\"false\""
         " aria-describedby=\"" +
         name + "-hint" + (is_wrong ? " trouble\" aria-invalid=\"true" : "") + "\"><br><small id=\"" + name +
         "-hint\">" + html_escape(field.hint) + "</small></p>";
}

}  // namespace

std::string suspension_page(std::string_view locale, const SuspensionForm& form) {
  const auto& words = words_in(locale);
  std::string body;
  if (form.trouble) {
    body += "<p id=\"trouble\" role=\"alert\"><strong>" + html_escape(trouble_text(*form.trouble, words)) +
            "</strong></p>";
  }
  const bool is_malformed = form.trouble == ErrorCode::kMalformed;
  const bool is_wrong = is_malformed || form.trouble == ErrorCode::kNotFound;
  body += "<p>" + html_escape(words.purpose) + "</p><form method=\"post\">";
  body += text_field({"serial", words.serial, words.serial_hint, form.serial}, is_wrong);
  body += text_field({"code", words.code, words.code_hint, ""}, is_wrong && !is_malformed);
  body += "<p><button type=\"submit\">" + html_escape(words.button) + "</button></p></form>";
  const std::string other(words.other_language);
  body += "<p><a href=\"?lang=" + other + "\" lang=\"" + other + "\" hreflang=\"" + other + "\">" +
          std::string(words.other_label) + "</a></p>";
  return page_frame(locale, words.title, body);
}

std::string suspension_done_page(std::string_view locale) {
  const auto& words = words_in(locale);
  return page_frame(locale, words.done_title, "<p role=\"status\">" + html_escape(words.done) + "</p>");
}

std::string typed_serial(std::string_view typed) {
  std::string serial;
  for (const char c : typed) {
    if (c == ' ' || c == ':' || c == '-') continue;
    serial.push_back(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return serial;
}

}  // namespace countersign::authority
