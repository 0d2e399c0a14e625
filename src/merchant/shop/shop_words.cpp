// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/shop_words.h"

namespace countersign::merchant {
namespace {

constexpr ShopWords kEnglish = {
    .skip = "Skip to the content",
    .other_language = "한국어",
    .other_language_code = "ko",
    .other_language_label = "Language",
    .menu = "Shop",
    .shop = "Shop",
    .search_label = "Search the shop",
    .search_button = "Search",
    .all = "Everything",
    .found = "{} articles",
    .found_one = "One article",
    .none_found = "Nothing was found. Try fewer or other words.",
    .cart = "Cart ({})",
    .orders = "Your orders",
    .needs = "Before you pay",
    .register_link = "Register",
    .hero_title = "Choose here, sign on your own terminal",
    .hero_text =
        "No account, no card number on this computer. Your terminal shows the order and asks for your PIN; "
        "the "
        "certification authority confirms it to you and to us.",
    .goods = "Goods",
    .service = "Service",
    .quantity = "Quantity",
    .add = "Add to cart",
    .back_to_shop = "Back to the shop",
    .delivery_goods = "Sent within two working days of the confirmation.",
    .delivery_service = "You make an appointment after the confirmation.",
    .cart_title = "Your cart",
    .cart_empty = "Your cart is empty.",
    .item = "Article",
    .unit_price = "Price",
    .amount = "Amount",
    .total = "Total",
    .update = "Update the cart",
    .remove = "0 removes an article.",
    .checkout = "Order and pay",
    .checkout_hint =
        "Nothing is ordered yet: you sign on your terminal, after you have seen everything there once more.",
    .form_stale = "This page was out of date, or came from elsewhere. Please try again.",
    .start_again = "What this page began was cancelled. Your cart is kept: please order again from here.",
    .failed = "That did not work. Please try again.",
    .not_ready = "The shop cannot sell at the moment: it waits for its certificate.",
    .rate_limited = "Too many orders in a short time. Please wait a while.",
    .not_found_title = "There is no such page",
    .not_found = "Orders are shown only in the browser that made them.",
    .pay_title = "Pay on your terminal",
    .pay_lead = "One of the ways below leads there. The order ends by itself when nobody takes it.",
    .your_order = "Your order",
    .valid_until = "Open until {}",
    .cancel = "Cancel the order",
    .refresh_hint = "This page renews itself.",
    .browser_title = "With this browser",
    .browser_found =
        "The extension asks you in a window of its own. If you closed it, click its icon beside the address.",
    .browser_missing =
        "The extension was not found in this browser. With it, this page starts your terminal by itself.",
    .browser_needs = "What to install, step by step",
    .link_title = "With a wallet or mediator on this computer",
    .link_text =
        "This link starts it. No browser attests this page then: compare the address on the terminal.",
    .open_link = "Open the link",
    .qr_title = "With the camera of your terminal",
    .qr_text = "Let your wallet scan this code.",
    .qr_label = "QR code of the order",
    .state_open = "Waiting for your terminal.",
    .state_taken = "Your terminal has the order. Please look at it there.",
    .state_confirming = "Signed. The authority is being asked.",
    .state_confirmed = "Confirmed",
    .state_refused = "Refused",
    .state_cancelled = "Cancelled",
    .state_expired = "Expired",
    .state_lost = "The connection to your terminal was lost. Start again here: nothing is done twice.",
    .title_confirming = "The authority is being asked",
    .title_confirmed = "Thank you for your order",
    .title_refused = "The order was refused",
    .title_cancelled = "The order was cancelled",
    .title_expired = "The order has expired",
    .text_confirming =
        "You signed and we countersigned. Only the authority's word is missing; it is asked until it "
        "answers.",
    .text_confirmed = "The certification authority confirmed it. Your terminal has the confirmation, too.",
    .text_refused = "The certification authority did not confirm it. Nothing is charged.",
    .text_cancelled = "Nothing was ordered and nothing is charged.",
    .text_expired = "Nobody signed it in time. Nothing was ordered.",
    .reason = "Reason: {}",
    .again = "Put it into the cart again",
    .timeline = "What happened",
    .step_opened = "You ordered",
    .step_taken = "Your terminal took the order",
    .step_countersigned = "You signed; we countersigned",
    .step_paid = "The payment was approved",
    .step_payment_declined = "The payment was declined",
    .step_confirmed = "The authority confirmed",
    .step_received = "The confirmation reached us",
    .step_refused = "The authority refused",
    .step_cancelled = "It was cancelled",
    .step_expired = "Its time was over",
    .evidence = "Evidence",
    .evidence_text = "Each file contains the one before it. Keep the last; it proves everything.",
    .file_order = "The order",
    .file_signed = "Signed by you",
    .file_countersigned = "Countersigned by us",
    .file_confirmation = "Confirmed by the authority",
    .verify_text = "Verify it with <code>countersign verify</code> or <code>openssl cms</code>.",
    .receipt = "Receipt to print",
    .receipt_title = "Receipt",
    .receipt_number = "Confirmation",
    .receipt_time = "Confirmed",
    .receipt_seller = "Seller",
    .receipt_buyer = "Buyer",
    .receipt_authority = "Confirmed by",
    .receipt_order = "Order",
    .receipt_text = "This page is a summary; the signed confirmation is the proof.",
    .receipt_degraded = "Confirmed all the same",
    .receipt_degraded_text =
        "The buyer’s own data centre could not be reached. The certificate was last known "
        "to be good at {}.",
    .orders_title = "Your orders",
    .orders_none = "This browser has made no order yet.",
    .order_of = "Order of {}",
    .status = "State",
    .needs_title = "Before you pay for the first time",
    .needs_text =
        "Once, in a few minutes. Your keys and cards then stay on your terminal; this computer never has "
        "them.",
    .needs_1_title = "Register",
    .needs_1 = "Your terminal gets its certificates here, with your consent and one e-mail.",
    .needs_2_title = "Install the mediator and the extension",
    .needs_2 =
        "The program <code>countersign-mediator</code> carries messages between this computer and your "
        "terminal and "
        "keeps none. <code>countersign-mediator install</code> makes it known to your browser; then add the "
        "extension.",
    .needs_3_title = "Pair your terminal",
    .needs_3 = "<code>countersign-mediator pair</code> shows a code. Scan it with your wallet, once.",
    .needs_4_title = "Buy",
    .needs_4 = "The payment page starts your terminal by itself. Look at the order there and enter your PIN.",
    .needs_else_title = "Without installing anything",
    .needs_else = "Scan the QR code on the payment page with your wallet, or open the link in it.",
    .age_note =
        "For adults: your terminal is asked first whether you are {} or older, and tells nothing else.",
    .age_title = "Show that you are {} or older",
    .age_lead =
        "Your terminal answers yes or no, under the pseudonym of your certificate. It tells neither your "
        "birth date nor your name.",
    .age_shown_title = "Thank you",
    .age_shown = "You can go on with your order.",
    .age_not_shown_title = "The age was not shown",
    .age_not_shown = "Without it we cannot sell this article. You can take it out of the cart.",
    .to_cart = "To the cart",
    .log_in = "Log in with your terminal",
    .log_out = "Log out",
    .logged_in_as = "Logged in as",
    .login_title = "Log in with your terminal",
    .login_lead =
        "Your terminal shows this shop and asks for your PIN. We then know the pseudonym of your "
        "certificate, "
        "and nothing else: no name, no password.",
    .cancel_login = "Do not log in",
    .logged_in_title = "You are logged in",
    .logged_in = "For twelve hours at most, in this browser only, as {}.",
    .not_logged_in_title = "You are not logged in",
    .not_logged_in = "This log-in is over. You can begin another one; the shop works without it, too.",
    .sold_by = "Sold by {}",
    .joint_hint =
        "Your cart holds articles of several sellers. They become one order each; you approve them at once.",
    .joint_title = "Pay {} sellers on your terminal",
    .joint_lead = "One approval for all of them. One of the ways below leads to your terminal.",
    .joint_each =
        "Each seller's order is decided by itself: one can fail and another not. Your terminal shows each.",
    .joint_total = "Together",
    .joint_cancel = "Cancel all orders",
    .joint_done_title = "Your orders at {} sellers",
    .joint_done = "All of them are confirmed. Thank you.",
    .joint_partly =
        "Each order stands below. What is not confirmed is not bought, and nothing is charged for it.",
    .joint_none = "None of them is confirmed: nothing is bought, and nothing is charged.",
    .joint_receipt = "Receipt of {}",
    .joint_row = "Cart of {} (several sellers)",
    .footer = "A demonstration. Nothing is sold, nothing is sent.",
};

constexpr ShopWords kKorean = {
    .skip = "본문으로 건너뛰기",
    .other_language = "English",
    .other_language_code = "en",
    .other_language_label = "언어",
    .menu = "상점",
    .shop = "상점",
    .search_label = "상점 검색",
    .search_button = "검색",
    .all = "전체",
    .found = "상품 {}개",
    .found_one = "상품 1개",
    .none_found = "검색 결과가 없습니다. 다른 말로 검색해 보십시오.",
    .cart = "장바구니 ({})",
    .orders = "주문 내역",
    .needs = "결제 준비물",
    .register_link = "등록",
    .hero_title = "여기에서 고르고, 내 단말기에서 서명하세요",
    .hero_text =
        "계정도, 이 컴퓨터에 입력하는 카드 번호도 없습니다. 단말기가 주문을 보여 주고 PIN을 물으며, "
        "인증기관이 "
        "고객과 상점에 주문을 확인해 줍니다.",
    .goods = "상품",
    .service = "서비스",
    .quantity = "수량",
    .add = "장바구니에 담기",
    .back_to_shop = "상점으로 돌아가기",
    .delivery_goods = "확인 후 영업일 기준 이틀 안에 발송합니다.",
    .delivery_service = "확인 후 날짜를 예약합니다.",
    .cart_title = "장바구니",
    .cart_empty = "장바구니가 비어 있습니다.",
    .item = "품목",
    .unit_price = "단가",
    .amount = "금액",
    .total = "합계",
    .update = "장바구니 변경",
    .remove = "0을 입력하면 삭제됩니다.",
    .checkout = "주문하고 결제",
    .checkout_hint = "아직 주문되지 않았습니다. 단말기에서 내용을 다시 확인한 뒤 서명합니다.",
    .form_stale = "오래된 페이지이거나 다른 곳에서 보낸 요청입니다. 다시 시도하십시오.",
    .start_again =
        "이 페이지에서 시작한 주문은 취소되었습니다. 장바구니는 그대로이니 여기에서 다시 주문하십시오.",
    .failed = "처리하지 못했습니다. 다시 시도하십시오.",
    .not_ready = "상점이 인증서를 기다리고 있어 지금은 판매할 수 없습니다.",
    .rate_limited = "짧은 시간에 주문이 너무 많습니다. 잠시 후 다시 시도하십시오.",
    .not_found_title = "페이지가 없습니다",
    .not_found = "주문은 주문한 브라우저에서만 볼 수 있습니다.",
    .pay_title = "단말기에서 결제하기",
    .pay_lead = "아래 방법 중 하나를 사용하십시오. 아무도 받지 않은 주문은 저절로 끝납니다.",
    .your_order = "주문 내용",
    .valid_until = "{}까지 유효",
    .cancel = "주문 취소",
    .refresh_hint = "이 페이지는 자동으로 새로 고쳐집니다.",
    .browser_title = "이 브라우저로",
    .browser_found = "확장 프로그램이 별도의 창에서 묻습니다. 창을 닫았다면 주소 옆의 아이콘을 누르십시오.",
    .browser_missing =
        "이 브라우저에 확장 프로그램이 없습니다. 설치하면 이 페이지가 단말기를 자동으로 시작합니다.",
    .browser_needs = "단계별 설치 방법",
    .link_title = "이 컴퓨터의 지갑이나 중개 프로그램으로",
    .link_text =
        "이 링크로 시작합니다. 이때 브라우저가 페이지를 보증하지 않으므로 단말기에 표시된 주소를 "
        "비교하십시오.",
    .open_link = "링크 열기",
    .qr_title = "단말기의 카메라로",
    .qr_text = "지갑으로 이 코드를 스캔하십시오.",
    .qr_label = "주문 QR 코드",
    .state_open = "단말기를 기다리고 있습니다.",
    .state_taken = "단말기가 주문을 받았습니다. 단말기에서 확인하십시오.",
    .state_confirming = "서명되었습니다. 인증기관에 확인하고 있습니다.",
    .state_confirmed = "확인됨",
    .state_refused = "거절됨",
    .state_cancelled = "취소됨",
    .state_expired = "만료됨",
    .state_lost = "단말기와의 연결이 끊어졌습니다. 여기서 다시 시작하십시오. 두 번 처리되지 않습니다.",
    .title_confirming = "인증기관에 확인하고 있습니다",
    .title_confirmed = "주문해 주셔서 감사합니다",
    .title_refused = "주문이 거절되었습니다",
    .title_cancelled = "주문이 취소되었습니다",
    .title_expired = "주문 시간이 지났습니다",
    .text_confirming = "고객이 서명하고 상점이 부서했습니다. 인증기관의 답을 받을 때까지 계속 묻습니다.",
    .text_confirmed = "인증기관이 주문을 확인했습니다. 확인서는 단말기에도 있습니다.",
    .text_refused = "인증기관이 주문을 확인하지 않았습니다. 청구되는 금액은 없습니다.",
    .text_cancelled = "주문되지 않았으며 청구되는 금액도 없습니다.",
    .text_expired = "시간 안에 서명되지 않아 주문되지 않았습니다.",
    .reason = "사유: {}",
    .again = "장바구니에 다시 담기",
    .timeline = "진행 내역",
    .step_opened = "주문하셨습니다",
    .step_taken = "단말기가 주문을 받았습니다",
    .step_countersigned = "고객이 서명하고 상점이 부서했습니다",
    .step_paid = "결제가 승인되었습니다",
    .step_payment_declined = "결제가 거절되었습니다",
    .step_confirmed = "인증기관이 확인했습니다",
    .step_received = "확인서가 상점에 도착했습니다",
    .step_refused = "인증기관이 거절했습니다",
    .step_cancelled = "취소되었습니다",
    .step_expired = "시간이 지났습니다",
    .evidence = "증거",
    .evidence_text = "각 파일은 앞의 파일을 포함합니다. 마지막 파일 하나로 모두 증명됩니다.",
    .file_order = "주문",
    .file_signed = "고객의 서명",
    .file_countersigned = "상점의 부서",
    .file_confirmation = "인증기관의 확인",
    .verify_text = "<code>countersign verify</code> 또는 <code>openssl cms</code>로 검증할 수 있습니다.",
    .receipt = "인쇄용 영수증",
    .receipt_title = "영수증",
    .receipt_number = "확인 번호",
    .receipt_time = "확인 시각",
    .receipt_seller = "판매자",
    .receipt_buyer = "구매자",
    .receipt_authority = "확인 기관",
    .receipt_order = "주문 번호",
    .receipt_text = "이 페이지는 요약이며, 서명된 확인서가 증거입니다.",
    .receipt_degraded = "제한된 확인",
    .receipt_degraded_text =
        "구매자의 데이터 센터에 연결할 수 없었습니다. 인증서가 유효하다고 마지막으로 알려진 시각은 {}입니다.",
    .orders_title = "주문 내역",
    .orders_none = "이 브라우저에서 한 주문이 없습니다.",
    .order_of = "{} 주문",
    .status = "상태",
    .needs_title = "결제 준비물",
    .needs_text = "몇 분이면 한 번에 끝납니다. 키와 카드는 단말기에만 있으며 이 컴퓨터에는 남지 않습니다.",
    .needs_1_title = "등록",
    .needs_1 = "동의와 메일 한 통으로 단말기가 인증서를 받습니다.",
    .needs_2_title = "중개 프로그램과 확장 프로그램 설치",
    .needs_2 =
        "<code>countersign-mediator</code>는 이 컴퓨터와 단말기 사이에서 메시지를 전달하고 아무것도 저장하지 "
        "않습니다. <code>countersign-mediator install</code>로 브라우저에 등록한 뒤 확장 프로그램을 "
        "추가하십시오.",
    .needs_3_title = "단말기 연결",
    .needs_3 = "<code>countersign-mediator pair</code>가 표시하는 코드를 지갑으로 한 번 스캔하십시오.",
    .needs_4_title = "구매",
    .needs_4 = "결제 페이지가 단말기를 자동으로 시작합니다. 단말기에서 주문을 확인하고 PIN을 입력하십시오.",
    .needs_else_title = "아무것도 설치하지 않고",
    .needs_else = "결제 페이지의 QR 코드를 지갑으로 스캔하거나 링크를 지갑에서 여십시오.",
    .age_note = "성인용 상품입니다. 먼저 단말기에 {}세 이상인지 묻고, 다른 것은 알려 주지 않습니다.",
    .age_title = "{}세 이상임을 보여 주십시오",
    .age_lead = "단말기는 인증서의 가명으로 예 또는 아니요만 답합니다. 생년월일도 이름도 알려 주지 않습니다.",
    .age_shown_title = "감사합니다",
    .age_shown = "주문을 계속할 수 있습니다.",
    .age_not_shown_title = "나이를 확인하지 못했습니다",
    .age_not_shown = "확인 없이는 이 상품을 판매할 수 없습니다. 장바구니에서 뺄 수 있습니다.",
    .to_cart = "장바구니로",
    .log_in = "단말기로 로그인",
    .log_out = "로그아웃",
    .logged_in_as = "로그인한 가명:",
    .login_title = "단말기로 로그인하기",
    .login_lead =
        "단말기가 이 상점을 표시하고 PIN을 묻습니다. 상점은 인증서의 가명만 알게 되며, 이름도 비밀번호도 "
        "받지 않습니다.",
    .cancel_login = "로그인하지 않기",
    .logged_in_title = "로그인되었습니다",
    .logged_in = "최대 열두 시간 동안 이 브라우저에서만 유지됩니다: {}",
    .not_logged_in_title = "로그인되어 있지 않습니다",
    .not_logged_in =
        "이 로그인은 끝났습니다. 다시 로그인할 수 있으며, 로그인하지 않아도 상점을 이용할 수 있습니다.",
    .sold_by = "판매자: {}",
    .joint_hint =
        "장바구니에 여러 판매자의 상품이 있습니다. 판매자마다 주문이 하나씩 만들어지며 한 번에 승인합니다.",
    .joint_title = "단말기에서 판매자 {}곳에 결제",
    .joint_lead = "한 번 승인하면 됩니다. 아래 방법 중 하나로 단말기에서 계속하십시오.",
    .joint_each =
        "주문은 판매자마다 따로 결정되므로 하나가 실패해도 다른 주문은 성립할 수 있습니다. 결과는 단말기에 "
        "각각 표시됩니다.",
    .joint_total = "합계",
    .joint_cancel = "모든 주문 취소",
    .joint_done_title = "판매자 {}곳의 주문",
    .joint_done = "모든 주문이 확인되었습니다. 감사합니다.",
    .joint_partly =
        "각 주문의 결과는 아래와 같습니다. 확인되지 않은 주문은 성립하지 않았으며 청구되지 않습니다.",
    .joint_none = "확인된 주문이 없습니다. 구매된 것이 없으며 청구되는 금액도 없습니다.",
    .joint_receipt = "{} 영수증",
    .joint_row = "{} 장바구니 (여러 판매자)",
    .footer = "시연용 상점입니다. 실제로 판매하거나 발송하지 않습니다.",
};

}  // namespace

const ShopWords& shop_words_in(Language language) {
  return language == Language::kKorean ? kKorean : kEnglish;
}

std::string_view words_of(CheckoutState state, const ShopWords& words) {
  switch (state) {
    case CheckoutState::kOpen:
      return words.state_open;
    case CheckoutState::kTaken:
      return words.state_taken;
    case CheckoutState::kConfirming:
      return words.state_confirming;
    case CheckoutState::kConfirmed:
      return words.state_confirmed;
    case CheckoutState::kRefused:
      return words.state_refused;
    case CheckoutState::kCancelled:
      return words.state_cancelled;
    case CheckoutState::kExpired:
      return words.state_expired;
  }
  return words.failed;
}

std::string_view words_of(StepKind step, const ShopWords& words) {
  switch (step) {
    case StepKind::kOpened:
      return words.step_opened;
    case StepKind::kTaken:
      return words.step_taken;
    case StepKind::kPaymentDeclined:
      return words.step_payment_declined;
    case StepKind::kPaid:
      return words.step_paid;
    case StepKind::kCountersigned:
      return words.step_countersigned;
    case StepKind::kConfirmed:
      return words.step_confirmed;
    case StepKind::kReceived:
      return words.step_received;
    case StepKind::kRefused:
      return words.step_refused;
    case StepKind::kCancelled:
      return words.step_cancelled;
    case StepKind::kExpired:
      return words.step_expired;
  }
  return words.failed;
}

}  // namespace countersign::merchant
