// SPDX-License-Identifier: Apache-2.0
// Pages of carts that became several orders.
#include <fmt/format.h>

#include <algorithm>

#include "base/html.h"
#include "merchant/shop/page_parts.h"

namespace countersign::merchant {
namespace {

std::string path_of(const ShopCart& cart) {
  return "/shop/carts/" + cart.id;
}

std::string name_of(const ShopFrame& frame, const Catalogue& catalogue, const CartOrder& order) {
  const Seller* seller = catalogue.find_seller(order.seller);
  return html_escape(seller == nullptr ? frame.merchant : seller->name.in(frame.language));
}

std::string section(const ShopFrame& frame, const Catalogue& catalogue, const ShopCart& cart,
                    std::size_t place) {
  const ShopWords& words = shop_words_in(frame.language);
  const CartOrder& order = cart.orders[place];
  const std::string name = name_of(frame, catalogue, order);
  std::string receipt;
  if (!order.confirmation.empty())
    receipt = fmt::format("<p><a class=\"button quiet see-receipt\" href=\"{}\">{}</a></p>\n",
                          shop_address(frame, fmt::format("{}/receipts/{}", path_of(cart), place + 1)),
                          fmt::format(fmt::runtime(words.joint_receipt), name));
  return fmt::format(
      "<section class=\"seller-order\" data-state=\"{}\">\n<h2>{}</h2>\n{}<p class=\"hint\">{}</p>\n{}"
      "</section>\n",
      checkout_state_name(order.state), name, order_table(words, order.lines, order.total),
      words_of(order.state, words), receipt);
}

std::string sections(const ShopFrame& frame, const Catalogue& catalogue, const ShopCart& cart) {
  std::string all;
  for (std::size_t place = 0; place < cart.orders.size(); ++place)
    all += section(frame, catalogue, cart, place);
  return all;
}

// The sum of what the catalogue sells in its one currency.
std::string total_of_all(const ShopWords& words, const ShopCart& cart) {
  Amount total{0, cart.orders.front().total.currency};
  for (const auto& order : cart.orders) {
    const auto sum = add(total, order.total);
    if (!sum) return "";
    total = sum.value();
  }
  return fmt::format("<p class=\"price\" id=\"joint-total\">{} {}</p>\n", words.joint_total,
                     html_escape(format_amount(total)));
}

std::string state_line(const ShopWords& words, const ShopCart& cart) {
  std::string states;
  CheckoutState shown = cart.orders.front().state;
  for (const auto& order : cart.orders) {
    states.append(states.empty() ? "" : " ").append(checkout_state_name(order.state));
    if (!is_decided(order.state)) shown = order.state;
  }
  if (cart.has_lost_terminal) states += " lost";
  return fmt::format("<p class=\"state\" id=\"state\" role=\"status\" data-state=\"{}\">{}</p>\n", states,
                     cart.has_lost_terminal ? words.state_lost : words_of(shown, words));
}

struct Outcome {
  std::string_view name, lead;
};

// Of a cart in which nothing is left to approve.
Outcome outcome_of(const ShopCart& cart, const ShopWords& words) {
  if (!is_decided(cart)) return {"confirming", words.joint_each};
  const auto confirmed = static_cast<std::size_t>(std::ranges::count(
      cart.orders, CheckoutState::kConfirmed, [](const auto& order) { return order.state; }));
  if (confirmed == cart.orders.size()) return {"confirmed", words.joint_done};
  return confirmed == 0 ? Outcome{"none", words.joint_none} : Outcome{"partly", words.joint_partly};
}

}  // namespace

Result<std::string> joint_page(const ShopFrame& frame, const Catalogue& catalogue, const ShopCart& cart,
                               const PaymentOffer& offer) {
  const ShopWords& words = shop_words_in(frame.language);
  const auto count = cart.orders.size();
  const std::string orders = sections(frame, catalogue, cart) + total_of_all(words, cart);
  if (!can_be_approved(cart)) {
    const std::string title = fmt::format(fmt::runtime(words.joint_done_title), count);
    const bool is_done = is_decided(cart);
    const Outcome outcome = outcome_of(cart, words);
    return shop_layout(
        frame, title,
        fmt::format("<h1 id=\"outcome\" data-outcome=\"{}\">{}</h1>\n<p class=\"lead\">{}</p>\n{}{}",
                    outcome.name, title, outcome.lead, is_done ? "" : state_line(words, cart), orders),
        is_done ? "" : kPageRenewal);
  }
  TRY(const auto ways, ways_to_terminal(frame, offer));
  const std::string title = fmt::format(fmt::runtime(words.joint_title), count);
  const std::string cancel = shop_form(
      frame, path_of(cart) + "/cancel",
      fmt::format("<button type=\"submit\" id=\"cancel\" class=\"quiet\">{}</button>\n", words.joint_cancel));
  return shop_layout(
      frame, title,
      fmt::format(
          "<h1>{}</h1>\n{}<p class=\"lead\">{}</p>\n<p class=\"hint\">{}</p>\n<div class=\"columns\">\n"
          "<section>\n{}{}</section>\n<section>\n{}</section>\n</div>",
          title, state_line(words, cart), words.joint_lead, words.joint_each, orders, cancel, ways),
      kPageRenewal);
}

std::string joint_receipt_page(const ShopFrame& frame, const Catalogue& catalogue, const ShopCart& cart,
                               std::size_t place, const documents::Confirmation& confirmation) {
  const ShopWords& words = shop_words_in(frame.language);
  const CartOrder& order = cart.orders[place];
  return shop_layout(
      frame, words.receipt_title,
      fmt::format(
          "<article class=\"receipt\">\n<h1>{}</h1>\n<p class=\"brand\">{}</p>\n{}<dl>\n{}</dl>\n"
          "<p class=\"hint\">{}</p>\n</article>\n<ul class=\"files\">\n<li><a "
          "href=\"{}/receipts/{}/confirmation.p7m\" download>{}</a> <code>confirmation.p7m</code></li>\n"
          "</ul>\n<p class=\"hint\">{}</p>\n<p><a href=\"{}\">{}</a></p>",
          words.receipt_title, name_of(frame, catalogue, order), order_table(words, order.lines, order.total),
          receipt_facts(words, confirmation), words.receipt_text, path_of(cart), place + 1,
          words.file_confirmation, words.verify_text, shop_address(frame, path_of(cart)),
          fmt::format(fmt::runtime(words.joint_done_title), cart.orders.size())));
}

}  // namespace countersign::merchant
