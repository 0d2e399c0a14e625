// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "merchant/checkout.h"
#include "merchant/consent_text.h"
#include "merchant/shop/shop_orders.h"

namespace countersign::merchant {

// ShopWords is every text of the demo shop in one language; {} stands for a number, a name or a time.
struct ShopWords {
  std::string_view skip, other_language, other_language_code, other_language_label, menu;
  std::string_view shop, search_label, search_button, all, found, found_one, none_found, cart, orders, needs,
      register_link;
  std::string_view hero_title, hero_text, goods, service;
  std::string_view quantity, add, back_to_shop, delivery_goods, delivery_service;
  std::string_view cart_title, cart_empty, item, unit_price, amount, total, update, remove, checkout,
      checkout_hint;
  std::string_view form_stale, start_again, failed, not_ready, rate_limited, not_found_title, not_found;
  std::string_view pay_title, pay_lead, your_order, valid_until, cancel, refresh_hint;
  std::string_view browser_title, browser_found, browser_missing, browser_needs, link_title, link_text,
      open_link;
  std::string_view qr_title, qr_text, qr_label;
  std::string_view state_open, state_taken, state_confirming, state_confirmed, state_refused, state_cancelled,
      state_expired, state_lost;
  std::string_view title_confirming, title_confirmed, title_refused, title_cancelled, title_expired;
  std::string_view text_confirming, text_confirmed, text_refused, text_cancelled, text_expired, reason;
  std::string_view again, timeline, step_opened, step_taken, step_countersigned, step_paid,
      step_payment_declined, step_confirmed, step_received, step_refused, step_cancelled, step_expired;
  std::string_view evidence, evidence_text, file_order, file_signed, file_countersigned, file_confirmation,
      verify_text;
  std::string_view receipt, receipt_title, receipt_number, receipt_time, receipt_seller, receipt_buyer,
      receipt_authority, receipt_order, receipt_text, receipt_degraded, receipt_degraded_text;
  std::string_view orders_title, orders_none, order_of, status;
  std::string_view needs_title, needs_text, needs_1_title, needs_1, needs_2_title, needs_2, needs_3_title,
      needs_3, needs_4_title, needs_4, needs_else_title, needs_else;
  std::string_view age_note, age_title, age_lead, age_shown_title, age_shown, age_not_shown_title,
      age_not_shown, to_cart;
  std::string_view log_in, log_out, logged_in_as, login_title, login_lead, cancel_login, logged_in_title,
      logged_in, not_logged_in_title, not_logged_in;
  // Of carts that become several orders; {} stands for a seller's name or a number.
  std::string_view sold_by, joint_hint, joint_title, joint_lead, joint_each, joint_total, joint_cancel,
      joint_done_title, joint_done, joint_partly, joint_none, joint_receipt, joint_row;
  std::string_view footer;
};
const ShopWords& shop_words_in(Language language);

// What is said of a checkout in this state, and of a step.
std::string_view words_of(CheckoutState state, const ShopWords& words);
std::string_view words_of(StepKind step, const ShopWords& words);

}  // namespace countersign::merchant
