// SPDX-License-Identifier: Apache-2.0
#include "merchant/consent_text.h"

#include <fmt/format.h>

namespace countersign::merchant {

std::string_view language_code(Language language) {
  return language == Language::kKorean ? "ko" : "en";
}

Result<Language> language_of_code(std::string_view code) {
  if (code == "en") return Language::kEnglish;
  if (code == "ko") return Language::kKorean;
  return fail(ErrorCode::kUnsupported, "locale: en or ko");
}

std::string consent_text(Language language, std::string_view merchant) {
  if (language == Language::kKorean)
    return fmt::format(
        "{} 이(가) 저를 대신하여 인증기관에 인증서를 신청하는 데 동의합니다. 인증기관은 가명으로 된 인증서 "
        "두 개(주문 "
        "서명용, 암호화된 자료 수신용)를 발급하고, 열쇠 쌍을 만들어 암호화된 파일로 제 지갑에 전달하며, 그 "
        "비밀번호를 제가 "
        "적은 전자우편 주소로 보냅니다. 전자우편 주소는 이 전달과 갱신, 제 인증서에 관한 알림에만 쓰이며 "
        "인증서에는 "
        "적히지 않습니다. 이 동의는 증거로 보관됩니다. 저는 언제든지 인증서를 정지하거나 폐지할 수 있습니다.",
        merchant);
  return fmt::format(
      "I agree that {} applies to the certification authority for certificates on my behalf. The authority "
      "issues two "
      "certificates under a pseudonym, one to sign orders and one to receive encrypted data, makes their key "
      "pairs, "
      "hands them to my wallet as an encrypted file, and sends the password of that file to the e-mail "
      "address that I "
      "have given. The address serves this delivery, renewals and notices about my certificates only, and "
      "does not "
      "stand in them. This consent is kept as evidence. I can suspend or revoke my certificates at any time.",
      merchant);
}

}  // namespace countersign::merchant
