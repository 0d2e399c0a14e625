// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/html.h"
#include "merchant/shop/page_parts.h"

namespace countersign::merchant {
namespace {

std::string path_of(const ShopOrder& order) {
  return "/shop/orders/" + order.checkout.id;
}

std::string timeline(const ShopWords& words, const ShopOrder& order) {
  std::string steps;
  for (const auto& step : order.timeline)
    steps +=
        fmt::format("<li>{} {}</li>\n", words_of(step.kind, words), step.at ? time_element(*step.at) : "");
  return fmt::format("<h2>{}</h2>\n<ol class=\"timeline\">\n{}</ol>\n", words.timeline, steps);
}

std::string evidence(const ShopWords& words, const ShopOrder& order) {
  std::string files;
  const auto add = [&](bool exists, std::string_view name, std::string_view meaning) {
    if (exists)
      files += fmt::format("<li><a href=\"{}/{}\" download>{}</a> <code>{}</code></li>\n", path_of(order),
                           name, meaning, name);
  };
  add(!order.order.empty() && !order.countersigned_order.empty(), "order.json", words.file_order);
  add(!order.signed_order.empty(), "signed-order.p7m", words.file_signed);
  add(!order.countersigned_order.empty(), "countersigned-order.p7m", words.file_countersigned);
  add(order.confirmation.has_value(), "confirmation.p7m", words.file_confirmation);
  if (files.empty()) return "";
  return fmt::format("<h2>{}</h2>\n<p>{}</p>\n<ul class=\"files\">\n{}</ul>\n<p class=\"hint\">{}</p>\n",
                     words.evidence, words.evidence_text, files, words.verify_text);
}

struct Outcome {
  std::string_view title, text;
};

Outcome outcome_of(CheckoutState state, const ShopWords& words) {
  switch (state) {
    case CheckoutState::kConfirmed:
      return {words.title_confirmed, words.text_confirmed};
    case CheckoutState::kRefused:
      return {words.title_refused, words.text_refused};
    case CheckoutState::kCancelled:
      return {words.title_cancelled, words.text_cancelled};
    case CheckoutState::kExpired:
      return {words.title_expired, words.text_expired};
    default:
      return {words.title_confirming, words.text_confirming};
  }
}

std::string state_line(const ShopWords& words, const ShopOrder& order) {
  const auto state = told_state_of(order, words);
  return fmt::format("<p class=\"state\" id=\"state\" role=\"status\" data-state=\"{}\">{}</p>\n", state.name,
                     state.said);
}

std::string decided_page(const ShopFrame& frame, const ShopOrder& order) {
  const ShopWords& words = shop_words_in(frame.language);
  const auto outcome = outcome_of(order.checkout.state, words);
  const bool confirmed = order.confirmation.has_value();
  const bool waits = order.checkout.state == CheckoutState::kConfirming;
  std::string more;
  if (waits) more = state_line(words, order);
  if (order.checkout.state == CheckoutState::kRefused && order.answer)
    more = fmt::format("<p>{}</p>\n", fmt::format(fmt::runtime(words.reason),
                                                  "<code>" + html_escape(order.answer->code) + "</code>"));
  if (confirmed)
    more = fmt::format("<p><a class=\"button\" id=\"receipt\" href=\"{}\">{}</a></p>\n",
                       shop_address(frame, path_of(order) + "/receipt"), words.receipt);
  else if (!waits)
    more += shop_form(frame, path_of(order) + "/again",
                      fmt::format("<button type=\"submit\">{}</button>\n", words.again));
  const std::string content = fmt::format(
      "<h1 id=\"outcome\" data-outcome=\"{}\">{}</h1>\n<p class=\"lead\">{}</p>\n{}<div class=\"columns\">\n"
      "<section>\n<h2>{}</h2>\n{}</section>\n<section>\n{}{}</section>\n</div>",
      checkout_state_name(order.checkout.state), outcome.title, outcome.text, more, words.your_order,
      order_table(words, order.checkout.lines, order.checkout.total), timeline(words, order),
      evidence(words, order));
  return shop_layout(frame, outcome.title, content, waits ? kPageRenewal : "");
}

Result<std::string> payment_page(const ShopFrame& frame, const ShopOrder& order, const PaymentOffer& offer) {
  const ShopWords& words = shop_words_in(frame.language);
  TRY(const auto ways, ways_to_terminal(frame, offer));
  const std::string cancel = shop_form(
      frame, path_of(order) + "/cancel",
      fmt::format("<button type=\"submit\" id=\"cancel\" class=\"quiet\">{}</button>\n", words.cancel));
  const std::string valid =
      fmt::format(fmt::runtime(words.valid_until), time_element(order.checkout.expires));
  return shop_layout(
      frame, words.pay_title,
      fmt::format(
          "<h1>{}</h1>\n{}<p class=\"lead\">{}</p>\n<div class=\"columns\">\n<section>\n<h2>{}</h2>\n{}"
          "<p class=\"hint\">{}. {}</p>\n{}</section>\n<section>\n{}</section>\n</div>",
          words.pay_title, state_line(words, order), words.pay_lead, words.your_order,
          order_table(words, order.checkout.lines, order.checkout.total), valid, words.refresh_hint, cancel,
          ways),
      kPageRenewal);
}

int age_asked(const ShopOrder& order) {
  return order.checkout.fields.empty() ? 0 : order.checkout.fields.front().age;
}

// An age check: the ways to the terminal, and what it answered.
Result<std::string> age_page(const ShopFrame& frame, const ShopOrder& order, const PaymentOffer& offer) {
  const ShopWords& words = shop_words_in(frame.language);
  const int age = age_asked(order);
  if (order.checkout.state == CheckoutState::kOpen) {
    TRY(const auto ways, ways_to_terminal(frame, offer));
    const std::string title = fmt::format(fmt::runtime(words.age_title), age);
    return shop_layout(
        frame, title,
        fmt::format("<h1>{}</h1>\n{}<p class=\"lead\">{}</p>\n<div class=\"columns\">\n<section>\n{}"
                    "</section>\n</div>",
                    title, state_line(words, order), words.age_lead, ways),
        kPageRenewal);
  }
  const bool is_shown = shows_age(order.information, age);
  return shop_layout(frame, is_shown ? words.age_shown_title : words.age_not_shown_title,
                     fmt::format("<h1 id=\"outcome\" data-outcome=\"{}\">{}</h1>\n<p class=\"lead\">{}</p>\n"
                                 "<p><a class=\"button\" id=\"to-cart\" href=\"{}\">{}</a></p>",
                                 is_shown ? "age-shown" : "age-not-shown",
                                 is_shown ? words.age_shown_title : words.age_not_shown_title,
                                 is_shown ? words.age_shown : words.age_not_shown,
                                 shop_address(frame, "/shop/cart"), words.to_cart));
}

// A log-in: the ways to the terminal, and whether this browser is logged in.
Result<std::string> login_page(const ShopFrame& frame, const ShopOrder& order, const PaymentOffer& offer) {
  const ShopWords& words = shop_words_in(frame.language);
  if (order.checkout.state == CheckoutState::kOpen) {
    TRY(const auto ways, ways_to_terminal(frame, offer));
    const std::string cancel =
        shop_form(frame, path_of(order) + "/cancel",
                  fmt::format("<button type=\"submit\" id=\"cancel\" class=\"quiet\">{}</button>\n",
                              words.cancel_login));
    return shop_layout(
        frame, words.login_title,
        fmt::format("<h1>{}</h1>\n{}<p class=\"lead\">{}</p>\n<div class=\"columns\">\n<section>\n{}{}"
                    "</section>\n</div>",
                    words.login_title, state_line(words, order), words.login_lead, ways, cancel),
        kPageRenewal);
  }
  const bool is_in = !frame.customer.empty();
  const std::string text =
      is_in ? fmt::format(fmt::runtime(words.logged_in), "<code>" + html_escape(frame.customer) + "</code>")
            : std::string(words.not_logged_in);
  const auto title = is_in ? words.logged_in_title : words.not_logged_in_title;
  return shop_layout(frame, title,
                     fmt::format("<h1 id=\"outcome\" data-outcome=\"{}\">{}</h1>\n<p class=\"lead\">{}</p>\n"
                                 "<p><a class=\"button\" href=\"{}\">{}</a></p>",
                                 is_in ? "logged-in" : "not-logged-in", title, text,
                                 shop_address(frame, "/shop"), words.back_to_shop));
}

}  // namespace

ToldState told_state_of(const ShopOrder& order, const ShopWords& words) {
  if (order.has_lost_terminal) return {"lost", words.state_lost};
  return {checkout_state_name(order.checkout.state), words_of(order.checkout.state, words)};
}

Result<std::string> order_page(const ShopFrame& frame, const ShopOrder& order, const PaymentOffer& offer) {
  if (order.checkout.purpose == documents::DialoguePurpose::kAgeCheck) return age_page(frame, order, offer);
  if (order.checkout.purpose == documents::DialoguePurpose::kLogin) return login_page(frame, order, offer);
  if (is_unsigned(order.checkout.state)) return payment_page(frame, order, offer);
  return decided_page(frame, order);
}

std::string orders_page(const ShopFrame& frame, const std::vector<Checkout>& orders,
                        const std::vector<ShopCart>& carts) {
  const ShopWords& words = shop_words_in(frame.language);
  std::string rows;
  for (const auto& cart : carts)
    rows += fmt::format("<tr><td><a href=\"{}\">{}</a></td><td></td><td></td></tr>\n",
                        shop_address(frame, "/shop/carts/" + cart.id),
                        fmt::format(fmt::runtime(words.joint_row), time_element(cart.created)));
  for (const auto& order : orders) {
    const std::string name = fmt::format(fmt::runtime(words.order_of), time_element(order.created));
    rows += fmt::format("<tr><td><a href=\"{}\">{}</a></td><td>{}</td><td class=\"number\">{}</td></tr>\n",
                        shop_address(frame, "/shop/orders/" + order.id), name, words_of(order.state, words),
                        format_amount(order.total));
  }
  const std::string list =
      rows.empty()
          ? fmt::format("<p class=\"lead\">{}</p>", words.orders_none)
          : fmt::format(
                "<table>\n<thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th>"
                "<th scope=\"col\" class=\"number\">{}</th></tr></thead>\n<tbody>\n{}</tbody>\n</table>",
                words.your_order, words.status, words.total, rows);
  return shop_layout(frame, words.orders_title, fmt::format("<h1>{}</h1>\n{}", words.orders_title, list));
}

std::string receipt_page(const ShopFrame& frame, const ShopOrder& order) {
  const ShopWords& words = shop_words_in(frame.language);
  const std::string facts = receipt_facts(words, *order.confirmation);
  return shop_layout(
      frame, words.receipt_title,
      fmt::format("<article class=\"receipt\">\n<h1>{}</h1>\n<p class=\"brand\">{}</p>\n{}<dl>\n{}</dl>\n"
                  "<p class=\"hint\">{}</p>\n</article>\n{}",
                  words.receipt_title, html_escape(frame.merchant),
                  order_table(words, order.checkout.lines, order.checkout.total), facts, words.receipt_text,
                  evidence(words, order)));
}

}  // namespace countersign::merchant
