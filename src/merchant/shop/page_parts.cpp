// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/page_parts.h"

#include <fmt/format.h>

#include "base/html.h"
#include "merchant/qr.h"

namespace countersign::merchant {

std::string shop_address(const ShopFrame& frame, std::string_view path) {
  return fmt::format("{}?lang={}", path, language_code(frame.language));
}

namespace {

// As much of a pseudonym as fits into a heading.
constexpr std::size_t kPseudonymShown = 8;

// Who is logged in, or the way to it.
std::string account(const ShopFrame& frame) {
  const ShopWords& words = shop_words_in(frame.language);
  if (frame.customer.empty())
    return shop_form(
        frame, "/shop/login",
        fmt::format("<button type=\"submit\" id=\"log-in\" class=\"quiet\">{}</button>\n", words.log_in),
        "account");
  const bool is_long = frame.customer.size() > kPseudonymShown;
  const std::string name =
      fmt::format("<code id=\"customer\" title=\"{}\">{}{}</code>", html_escape(frame.customer),
                  html_escape(frame.customer.substr(0, kPseudonymShown)), is_long ? "…" : "");
  return shop_form(frame, "/shop/logout",
                   fmt::format("<span><span class=\"unseen\">{}</span> {}</span>\n<button type=\"submit\" "
                               "id=\"log-out\" class=\"quiet\">{}</button>\n",
                               words.logged_in_as, name, words.log_out),
                   "account");
}

}  // namespace

std::string shop_layout(const ShopFrame& frame, std::string_view title, std::string_view content,
                        std::string_view head) {
  const ShopWords& words = shop_words_in(frame.language);
  const std::string trouble =
      frame.trouble.empty() ? "" : fmt::format("<p class=\"trouble\" role=\"alert\">{}</p>\n", frame.trouble);
  return fmt::format(
      R"(<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · {merchant}</title>
<link rel="stylesheet" href="/shop/shop.css">
<script type="module" src="/shop/shop.js"></script>
{head}</head>
<body>
<a class="skip" href="#content">{skip}</a>
<header>
<a class="brand" href="{home}">{merchant}</a>
<form class="search" role="search" action="/shop" method="get">
<input type="hidden" name="lang" value="{language}">
<label class="unseen" for="q">{search_label}</label>
<input id="q" name="q" type="search" maxlength="100" placeholder="{search_label}">
<button type="submit">{search}</button>
</form>
<nav aria-label="{menu}">
<a href="{orders}">{orders_words}</a>
<a href="{needs}">{needs_words}</a>
<a href="{path}?lang={other_code}" lang="{other_code}" hreflang="{other_code}">{other}</a>
<a class="cart" href="{cart}">{cart_words}</a>
{account}</nav>
</header>
<main id="content">
{trouble}{content}
</main>
<footer><p>{footer} · <a href="/register?lang={language}">{register_words}</a></p></footer>
</body>
</html>
)",
      fmt::arg("language", language_code(frame.language)), fmt::arg("title", html_escape(title)),
      fmt::arg("merchant", html_escape(frame.merchant)), fmt::arg("head", head), fmt::arg("skip", words.skip),
      fmt::arg("home", shop_address(frame, "/shop")), fmt::arg("search_label", words.search_label),
      fmt::arg("search", words.search_button), fmt::arg("menu", words.menu),
      fmt::arg("orders", shop_address(frame, "/shop/orders")), fmt::arg("orders_words", words.orders),
      fmt::arg("needs", shop_address(frame, "/shop/needs")), fmt::arg("needs_words", words.needs),
      fmt::arg("path", html_escape(frame.path)), fmt::arg("other_code", words.other_language_code),
      fmt::arg("other", words.other_language), fmt::arg("cart", shop_address(frame, "/shop/cart")),
      fmt::arg("cart_words", fmt::format(fmt::runtime(words.cart), frame.pieces)),
      fmt::arg("account", account(frame)), fmt::arg("trouble", trouble), fmt::arg("content", content),
      fmt::arg("footer", words.footer), fmt::arg("register_words", words.register_link));
}

std::string shop_form(const ShopFrame& frame, std::string_view action, std::string_view inside,
                      std::string_view look) {
  return fmt::format(
      "<form method=\"post\" action=\"{}\" class=\"{}\">\n<input type=\"hidden\" name=\"token\" "
      "value=\"{}\">\n"
      "{}</form>\n",
      html_escape(shop_address(frame, action)), look, html_escape(frame.token), inside);
}

std::string time_element(TimePoint time) {
  const std::string text = format_time(time);
  return fmt::format(R"(<time datetime="{}">{} {} UTC</time>)", text, text.substr(0, 10), text.substr(11, 8));
}

std::string order_table(const ShopWords& words, const std::vector<documents::OrderLine>& lines,
                        const Amount& total) {
  std::string rows;
  const std::string& currency = total.currency;
  for (const auto& line : lines)
    rows += fmt::format("<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
                        html_escape(line.description), line.quantity,
                        // total_of() added these up without overflow.
                        html_escape(format_amount({line.quantity * line.unit_price, currency})));
  return fmt::format(
      R"(<table>
<thead><tr><th scope="col">{}</th><th scope="col" class="number">{}</th><th scope="col" class="number">{}</th></tr></thead>
<tbody>
{}</tbody>
<tfoot><tr><th scope="row" colspan="2">{}</th><td class="number" id="total">{}</td></tr></tfoot>
</table>
)",
      words.item, words.quantity, words.amount, rows, words.total, html_escape(format_amount(total)));
}

// The ways to the terminal. The extension marks the tag with `state`, by which the stylesheet chooses the
// words.
Result<std::string> ways_to_terminal(const ShopFrame& frame, const PaymentOffer& offer) {
  const ShopWords& words = shop_words_in(frame.language);
  std::string others;
  if (!offer.link.empty())
    others = fmt::format(
        "<li><h2>{}</h2><p>{}</p><p><a class=\"button quiet\" id=\"wallet-link\" "
        "href=\"{}\">{}</a></p></li>\n",
        words.link_title, words.link_text, html_escape(offer.link), words.open_link);
  if (offer.can_be_scanned) {
    TRY(const auto qr, qr_svg(offer.link, words.qr_label));
    others += fmt::format("<li><h2>{}</h2><p>{}</p><div class=\"qr\">{}</div></li>\n", words.qr_title,
                          words.qr_text, qr);
  }
  return fmt::format(
      R"(<ol class="ways">
<li><h2>{browser_title}</h2>
{tag}
<p class="with-extension">{browser_found}</p>
<p class="without-extension">{browser_missing} <a href="{needs}">{needs_words}</a></p></li>
{others}</ol>
)",
      fmt::arg("browser_title", words.browser_title), fmt::arg("tag", offer.tag),
      fmt::arg("browser_found", words.browser_found), fmt::arg("browser_missing", words.browser_missing),
      fmt::arg("needs", shop_address(frame, "/shop/needs")), fmt::arg("needs_words", words.browser_needs),
      fmt::arg("others", others));
}

std::string receipt_facts(const ShopWords& words, const documents::Confirmation& confirmation) {
  const auto fact = [](std::string_view term, std::string_view value) {
    return fmt::format("<dt>{}</dt><dd>{}</dd>\n", term, value);
  };
  const documents::ConfirmedParty& buyer = confirmation.purchaser;
  const std::string degraded =
      buyer.degraded ? fact(words.receipt_degraded, fmt::format(fmt::runtime(words.receipt_degraded_text),
                                                                time_element(*buyer.as_of)))
                     : "";
  return fact(words.receipt_number,
              "<code id=\"confirmation-id\">" + html_escape(confirmation.id) + "</code>") +
         fact(words.receipt_time, time_element(confirmation.time)) +
         fact(words.receipt_authority, html_escape(confirmation.data_centre.text())) +
         fact(words.receipt_seller, html_escape(confirmation.merchant.subject.text())) +
         fact(words.receipt_buyer, html_escape(confirmation.purchaser.subject.text())) +
         fact(words.receipt_order, "<code>" + html_escape(confirmation.order_id) + "</code>") + degraded;
}

std::string seller_words(const ShopFrame& frame, const Catalogue& catalogue, const Item& item) {
  const Seller* seller = catalogue.find_seller(item.seller);
  if (seller == nullptr) return "";
  const ShopWords& words = shop_words_in(frame.language);
  return fmt::format("<span class=\"seller\">{}</span>",
                     fmt::format(fmt::runtime(words.sold_by), html_escape(seller->name.in(frame.language))));
}

}  // namespace countersign::merchant
