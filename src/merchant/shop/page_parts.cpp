// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/page_parts.h"

#include <fmt/format.h>

#include "http/html.h"

namespace countersign::merchant {

using http::html_escape;

std::string shop_address(const ShopFrame& frame, std::string_view path) {
  return fmt::format("{}?lang={}", path, language_code(frame.language));
}

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
</nav>
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
      fmt::arg("trouble", trouble), fmt::arg("content", content), fmt::arg("footer", words.footer),
      fmt::arg("register_words", words.register_link));
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

std::string order_table(const ShopWords& words, const Checkout& checkout) {
  std::string rows;
  const std::string& currency = checkout.total.currency;
  for (const auto& line : checkout.lines)
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
      words.item, words.quantity, words.amount, rows, words.total,
      html_escape(format_amount(checkout.total)));
}

}  // namespace countersign::merchant
