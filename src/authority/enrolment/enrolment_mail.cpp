// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/enrolment_mail.h"

#include <string_view>

#include "authority/enrolment/page_frame.h"
#include "base/html.h"

namespace countersign::authority {

namespace {

// A letter is written once, as paragraphs, and set as text and as HTML.
class Letter {
 public:
  void say(std::string_view paragraph) {
    text_ += std::string(paragraph) + "\n\n";
    html_ += "<p>" + html_escape(paragraph) + "</p>\n";
  }
  void show(std::string_view label, std::string_view value) {
    text_ += std::string(label) + "\n    " + std::string(value) + "\n\n";
    html_ += "<p>" + html_escape(label) + "<br><code style=\"font-size:1.2em\">" + html_escape(value) +
             "</code></p>\n";
  }
  void link(std::string_view label, std::string_view url) {
    text_ += std::string(label) + "\n    " + std::string(url) + "\n\n";
    html_ += "<p><a href=\"" + html_escape(url) + "\">" + html_escape(label) + "</a></p>\n";
  }
  mail::Message send(const MailSender& from, std::string_view to, std::string_view subject,
                     std::string_view locale) {
    mail::Message message;
    message.from = from.address;
    message.from_name = from.name;
    message.to = to;
    message.subject = subject;
    message.html = "<!DOCTYPE html>\n<html lang=\"" + html_escape(locale) +
                   "\"><head><meta charset=\"utf-8\"></head><body>\n" + html_ + "</body></html>\n";
    message.text = std::move(text_);
    return message;
  }

 private:
  std::string text_, html_;
};

}  // namespace

mail::Message write_password_letter(const MailSender& from, const PasswordLetter& letter) {
  const bool ko = is_korean(letter.locale);
  Letter out;
  out.say(ko ? "아래 가맹점을 통해 구매자 인증서를 신청하셨습니다. 지갑이 키 파일을 받은 뒤 아래 비밀번호를 "
               "물으면 "
               "입력하십시오."
             : "You applied for a purchaser's certificate through the merchant below. When your wallet has "
               "received "
               "the key file it asks for this password.");
  out.show(ko ? "비밀번호" : "Password", letter.password);
  out.show(ko ? "가맹점" : "Merchant", letter.merchant);
  if (!letter.consent_text.empty()) {
    out.show(ko ? "동의하신 내용" : "What you agreed to", letter.consent_text);
  }
  out.show(ko ? "네트워크 루트 인증서 지문 (SHA-256)" : "Fingerprint of the network root (SHA-256)",
           hex_encode(letter.root_fingerprint));
  out.show(ko ? "이 시각까지 완료하십시오" : "Complete it before", format_time(letter.expires));
  out.say(ko ? "비밀번호를 누구에게도 알려 주지 마십시오. 가맹점과 인증기관은 비밀번호를 묻지 않습니다."
             : "Tell the password to nobody: neither merchant nor authority ever asks for it.");
  out.link(ko ? "신청하지 않으셨다면 여기에서 이의를 제기하십시오. 인증서가 폐지됩니다."
              : "If you did not apply, object here: the certificates are revoked.",
           letter.objection_url);
  return out.send(from, letter.to, ko ? "인증서 비밀번호" : "Password of your certificate", letter.locale);
}

mail::Message write_issued_letter(const MailSender& from, const IssuedLetter& letter) {
  const bool ko = is_korean(letter.locale);
  Letter out;
  out.say(ko ? "이 주소로 등록된 인증서가 사용 가능하게 되었습니다."
             : "Certificates registered under this address became active.");
  out.show(ko ? "가맹점" : "Merchant", letter.merchant);
  for (const auto& serial : letter.serials) out.show(ko ? "일련번호" : "Serial number", serial);
  out.link(
      ko ? "단말기를 잃어버리면 지갑이 알려 준 정지 코드로 여기에서 즉시 정지할 수 있습니다."
         : "If the terminal is lost, the suspension code that the wallet showed stops them here at once.",
      letter.suspension_url);
  if (!letter.objection_url.empty()) {
    out.link(ko ? "본인이 한 일이 아니라면 여기에서 폐지하십시오." : "If this was not you, revoke them here.",
             letter.objection_url);
  }
  return out.send(from, letter.to, ko ? "인증서가 발급되었습니다" : "Certificates were issued to you",
                  letter.locale);
}

mail::Message write_address_letter(const MailSender& from, const AddressLetter& letter) {
  const bool ko = is_korean(letter.locale);
  const bool old_end = letter.end == AddressEnd::kOld;
  Letter out;
  if (old_end) {
    out.say(ko ? "등록된 메일 주소를 다른 주소로 바꾸려는 요청이 있었습니다. 아래에서 확인해야만 바뀝니다. "
                 "요청하지 "
                 "않으셨다면 아무것도 하지 마십시오."
               : "Somebody with your wallet asked to move your registration from this address to another. "
                 "Nothing "
                 "changes unless you confirm. If it was not you, do nothing.");
  } else {
    out.say(ko ? "이 주소를 인증서의 새 메일 주소로 등록하려는 요청이 있었습니다. 아래에서 확인하십시오."
               : "This address is to become the registered address of a purchaser's certificate. Confirm it "
                 "here.");
  }
  out.link(ko ? "확인" : "Confirm", letter.url);
  return out.send(from, letter.to, ko ? "메일 주소 변경 확인" : "Confirm the change of address",
                  letter.locale);
}

}  // namespace countersign::authority
