// SPDX-License-Identifier: Apache-2.0
#include "merchant/words.h"

namespace countersign::merchant {
namespace {

constexpr Words kEnglish = {
    .skip = "Skip to the content",
    .other_language = "한국어",
    .other_language_code = "ko",
    .other_language_label = "Language",
    .front_lead =
        "Shop with a signature of your own. You sign each order in your wallet, we countersign it, and the "
        "certification authority confirms it to both of us.",
    .front_shop = "Visit the shop",
    .front_shop_hint = "Choose here, sign and pay on your own terminal.",
    .front_register = "Register",
    .front_register_hint = "Get certificates for your wallet. Takes one form and one e-mail.",
    .front_renew = "Renew your registration",
    .front_renew_hint = "Your certificates expire, or you have a new wallet.",
    .front_how_title = "What happens to your data",
    .front_how =
        "Your private keys are kept in your wallet only. Your e-mail address does not stand in any "
        "certificate, and we apply for nothing without your consent.",
    .register_title = "Register",
    .register_lead =
        "We apply to the certification authority on your behalf. Your keys go to your wallet, and the "
        "password that opens them goes to your e-mail address.",
    .register_button = "Agree and register",
    .renew_title = "Renew your registration",
    .renew_lead =
        "Give the address that you registered with. New keys go to your wallet, and their password goes to "
        "that address.",
    .renew_button = "Agree and renew",
    .email_label = "E-mail address",
    .email_hint = "The password is sent to this address. Please check it for typing errors.",
    .email_error = "Enter an e-mail address such as name@example.com.",
    .consent_legend = "Your consent",
    .consent_label = "I have read this and agree.",
    .consent_version = "Version of this text:",
    .consent_error = "Tick the box if you agree. Without your consent we cannot apply for you.",
    .errors_title = "Please correct the following",
    .error_prefix = "Error",
    .form_stale =
        "This form was not sent from this page, or its time is over. Nothing was done. Please send it again.",
    .not_available =
        "The certification authority does not answer at the moment. Nothing is lost: please send the "
        "form again in a minute.",
    .rate_limited = "Too many registrations in a short time. Please try again in an hour.",
    .taken =
        "A wallet has fetched the keys of this registration already. If it was not yours, open the mail from "
        "the "
        "authority and object.",
    .not_ready = "This merchant has no certificate yet and cannot register anybody. Please come back later.",
    .failed = "Something went wrong on our side. Nothing was registered. Please try again later.",
    .done_title = "Three more steps",
    .done_lead = "The authority has made your certificates. They become valid when your wallet has them.",
    .step_scan = "Scan this code with your wallet, or open the link on the device that has it.",
    .step_mail = "Wait for the mail with your password. It comes from the authority, not from us.",
    .step_password = "Enter the password in your wallet. That is all.",
    .open_wallet = "Open in the wallet on this device",
    .link_label = "Link for the wallet",
    .qr_label = "QR code with the link for your wallet",
    .link_expires = "The link is valid until {}.",
    .link_secret = "Show it to nobody: it fetches your key file, once.",
    .lost = "No mail, or the code did not work? Use “Renew your registration”: you get fresh keys.",
    .footer = "Orders signed by you, countersigned by us, confirmed by the authority.",
};

constexpr Words kKorean = {
    .skip = "본문으로 건너뛰기",
    .other_language = "English",
    .other_language_code = "en",
    .other_language_label = "언어",
    .front_lead =
        "나만의 서명으로 안전하게 구매하세요. 주문마다 지갑에서 서명하면 저희가 함께 서명하고, 인증기관이 "
        "양쪽에 "
        "거래를 확인해 드립니다.",
    .front_shop = "상점 둘러보기",
    .front_shop_hint = "여기에서 고르고, 내 단말기에서 서명하고 결제합니다.",
    .front_register = "등록하기",
    .front_register_hint = "지갑에 쓸 인증서를 받습니다. 양식 하나와 전자우편 한 통이면 됩니다.",
    .front_renew = "등록 갱신하기",
    .front_renew_hint = "인증서가 곧 만료되거나 지갑을 바꾼 경우입니다.",
    .front_how_title = "개인정보는 이렇게 다룹니다",
    .front_how =
        "개인 열쇠는 고객의 지갑에만 보관됩니다. 전자우편 주소는 어떤 인증서에도 적히지 않으며, 동의 없이는 "
        "아무것도 "
        "신청하지 않습니다.",
    .register_title = "등록하기",
    .register_lead =
        "저희가 고객을 대신하여 인증기관에 신청합니다. 열쇠는 고객의 지갑으로, 열쇠를 여는 비밀번호는 고객의 "
        "전자우편으로 전달됩니다.",
    .register_button = "동의하고 등록",
    .renew_title = "등록 갱신하기",
    .renew_lead = "등록할 때 쓴 주소를 적어 주세요. 새 열쇠는 지갑으로, 그 비밀번호는 그 주소로 전달됩니다.",
    .renew_button = "동의하고 갱신",
    .email_label = "전자우편 주소",
    .email_hint = "이 주소로 비밀번호를 보냅니다. 잘못 적은 곳이 없는지 확인해 주세요.",
    .email_error = "name@example.com 과 같은 전자우편 주소를 적어 주세요.",
    .consent_legend = "동의",
    .consent_label = "위 내용을 읽었으며 동의합니다.",
    .consent_version = "이 글의 판:",
    .consent_error = "동의하시면 상자에 표시해 주세요. 동의 없이는 신청할 수 없습니다.",
    .errors_title = "다음을 고쳐 주세요",
    .error_prefix = "오류",
    .form_stale =
        "이 양식은 이 화면에서 보낸 것이 아니거나 시간이 지났습니다. 처리된 것은 없습니다. 다시 보내 주세요.",
    .not_available = "지금 인증기관이 응답하지 않습니다. 잃은 것은 없으니 잠시 뒤 양식을 다시 보내 주세요.",
    .rate_limited = "짧은 시간에 등록 요청이 너무 많이 왔습니다. 한 시간 뒤에 다시 시도해 주세요.",
    .taken =
        "이 등록의 열쇠는 이미 지갑이 받아 갔습니다. 본인의 지갑이 아니라면 인증기관의 메일에서 이의를 "
        "제기해 주세요.",
    .not_ready = "이 상점은 아직 인증서가 없어 등록을 받을 수 없습니다. 나중에 다시 방문해 주세요.",
    .failed = "저희 쪽에 문제가 생겼습니다. 등록된 것은 없습니다. 나중에 다시 시도해 주세요.",
    .done_title = "이제 세 단계만 남았습니다",
    .done_lead = "인증기관이 인증서를 만들었습니다. 지갑에 들어가면 효력이 생깁니다.",
    .step_scan = "지갑으로 이 코드를 찍거나, 지갑이 있는 기기에서 링크를 여세요.",
    .step_mail = "비밀번호가 담긴 메일을 기다리세요. 저희가 아니라 인증기관이 보냅니다.",
    .step_password = "지갑에 비밀번호를 입력하세요. 이것으로 끝입니다.",
    .open_wallet = "이 기기의 지갑에서 열기",
    .link_label = "지갑용 링크",
    .qr_label = "지갑용 링크가 담긴 QR 코드",
    .link_expires = "이 링크는 {} 까지 쓸 수 있습니다.",
    .link_secret = "누구에게도 보여 주지 마세요. 열쇠 파일을 한 번 받을 수 있는 링크입니다.",
    .lost = "메일이 오지 않거나 코드가 듣지 않나요? “등록 갱신하기”로 새 열쇠를 받을 수 있습니다.",
    .footer = "고객이 서명하고, 저희가 함께 서명하고, 인증기관이 확인하는 주문입니다.",
};

}  // namespace

const Words& words_in(Language language) {
  return language == Language::kKorean ? kKorean : kEnglish;
}

}  // namespace countersign::merchant
