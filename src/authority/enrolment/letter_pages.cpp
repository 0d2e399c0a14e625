// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/letter_pages.h"

#include "authority/enrolment/page_frame.h"
#include "base/html.h"

namespace countersign::authority {

namespace {

std::string page(std::string_view locale, std::string_view title, std::string_view text,
                 std::string_view button) {
  std::string body = "<p>" + html_escape(text) + "</p>";
  if (!button.empty()) {
    body += "<form method=\"post\"><button type=\"submit\">" + html_escape(button) + "</button></form>";
  }
  return page_frame(locale, title, body);
}

}  // namespace

std::string objection_page(std::string_view locale) {
  return is_korean(locale)
             ? page(locale, "인증서에 이의 제기",
                    "이 메일 주소로 신청된 인증서를 폐지합니다. 되돌릴 수 없습니다.", "폐지")
             : page(locale, "Object to these certificates",
                    "This revokes the certificates that were applied for with your address. It cannot "
                    "be undone.",
                    "Revoke them");
}

std::string objection_done_page(std::string_view locale) {
  return is_korean(locale) ? page(locale, "폐지되었습니다", "인증서가 폐지되었습니다.", "")
                           : page(locale, "Revoked", "The certificates are revoked.", "");
}

std::string address_page(std::string_view locale) {
  return is_korean(locale)
             ? page(locale, "메일 주소 변경", "변경을 확인하시겠습니까?", "확인")
             : page(locale, "Change of address", "Do you confirm the change of address?", "Confirm");
}

std::string address_done_page(std::string_view locale, AddressProgress progress) {
  const bool changed = progress == AddressProgress::kChanged;
  if (is_korean(locale)) {
    return page(locale, "확인되었습니다",
                changed ? "메일 주소가 변경되었습니다." : "다른 주소에서도 확인하면 변경됩니다.", "");
  }
  return page(
      locale, "Confirmed",
      changed ? "The address was changed." : "The change takes effect when the other address confirms too.",
      "");
}

}  // namespace countersign::authority
