// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/html.h"
#include "http/target.h"
#include "merchant/pages.h"
#include "merchant/shop/page_parts.h"

namespace countersign::merchant {
namespace {

std::string_view kind_words(const Item& item, const ShopWords& words) {
  return item.kind == ItemKind::kGoods ? words.goods : words.service;
}

// The links to the categories; the one that is shown is marked.
std::string category_links(const ShopFrame& frame, const Catalogue& catalogue, const Shelf& shelf) {
  const ShopWords& words = shop_words_in(frame.language);
  const auto link = [&](std::string_view id, std::string_view name) {
    return fmt::format("<li><a href=\"/shop?category={}&amp;lang={}\"{}>{}</a></li>\n",
                       http::encode_component(id), language_code(frame.language),
                       shelf.category == id ? " aria-current=\"page\"" : "", html_escape(name));
  };
  std::string links = link("", words.all);
  for (const auto& category : catalogue.categories())
    links += link(category.id, category.name.in(frame.language));
  return fmt::format("<ul class=\"categories\">\n{}</ul>\n", links);
}

std::string card(const ShopFrame& frame, const Catalogue& catalogue, const Item& item) {
  const ShopWords& words = shop_words_in(frame.language);
  return fmt::format(
      R"(<li class="card"><a href="{address}"><img src="/shop/pictures/{picture}.svg" alt="" width="320" height="240" loading="lazy"><span class="name">{name}</span></a>
<p>{summary}</p>
<p class="foot"><span class="price">{price}</span><span class="kind">{kind}</span>{seller}</p></li>
)",
      fmt::arg("seller", seller_words(frame, catalogue, item)),
      fmt::arg("address", shop_address(frame, "/shop/items/" + item.sku)), fmt::arg("picture", item.picture),
      fmt::arg("name", html_escape(item.name.in(frame.language))),
      fmt::arg("summary", html_escape(item.summary.in(frame.language))),
      fmt::arg("price", format_amount(catalogue.price_of(item))), fmt::arg("kind", kind_words(item, words)));
}

std::string cart_row(const ShopFrame& frame, const Catalogue& catalogue, const Item& item, int quantity) {
  const ShopWords& words = shop_words_in(frame.language);
  const auto amount = multiply(catalogue.price_of(item), quantity);
  return fmt::format(
      R"(<tr><td><a href="{address}">{name}</a> {seller}</td><td class="number">{price}</td>
<td class="number"><label class="unseen" for="n-{sku}">{label} {name}</label><input id="n-{sku}" name="quantity-{sku}" type="number" min="0" max="{most}" value="{quantity}" inputmode="numeric"></td>
<td class="number">{amount}</td></tr>
)",
      fmt::arg("address", shop_address(frame, "/shop/items/" + item.sku)), fmt::arg("sku", item.sku),
      fmt::arg("name", html_escape(item.name.in(frame.language))),
      fmt::arg("seller", seller_words(frame, catalogue, item)),
      fmt::arg("price", format_amount(catalogue.price_of(item))), fmt::arg("label", words.quantity),
      fmt::arg("most", Cart::kMostOfOne), fmt::arg("quantity", quantity),
      fmt::arg("amount", amount ? format_amount(amount.value()) : ""));
}

std::string total_words(const Catalogue& catalogue, const Cart& cart, Language language) {
  const auto total = total_of(lines_of(cart, catalogue, language), catalogue.currency());
  return total ? format_amount(total.value()) : "";
}

}  // namespace

std::string shelf_page(const ShopFrame& frame, const Catalogue& catalogue, const Shelf& shelf) {
  const ShopWords& words = shop_words_in(frame.language);
  const bool is_front = shelf.words.empty() && shelf.category.empty();
  std::string content =
      is_front
          ? fmt::format("<div class=\"hero\"><h1>{}</h1><p>{}</p></div>\n", words.hero_title, words.hero_text)
          : fmt::format("<h1>{}</h1>\n",
                        shelf.words.empty() ? std::string(words.shop) : "“" + html_escape(shelf.words) + "”");
  content += category_links(frame, catalogue, shelf);
  if (shelf.found.empty()) {
    content += fmt::format("<p class=\"lead\">{}</p>\n", words.none_found);
  } else {
    content +=
        fmt::format("<p class=\"hint\">{}</p>\n<ul class=\"shelf\">\n",
                    shelf.found.size() == 1 ? std::string(words.found_one)
                                            : fmt::format(fmt::runtime(words.found), shelf.found.size()));
    for (const Item* item : shelf.found) content += card(frame, catalogue, *item);
    content += "</ul>\n";
  }
  return shop_layout(frame, shelf.words.empty() ? std::string(words.shop) : shelf.words, content);
}

std::string item_page(const ShopFrame& frame, const Catalogue& catalogue, const Item& item) {
  const ShopWords& words = shop_words_in(frame.language);
  const std::string fields = fmt::format(
      R"(<input type="hidden" name="sku" value="{}">
<label for="quantity">{}</label>
<input id="quantity" name="quantity" type="number" min="1" max="{}" value="1" inputmode="numeric" required>
<button type="submit" id="add">{}</button>
)",
      item.sku, words.quantity, Cart::kMostOfOne, words.add);
  const auto& name = item.name.in(frame.language);
  return shop_layout(
      frame, name,
      fmt::format(
          R"(<p><a href="{shop}">{back}</a></p>
<div class="product">
<img src="/shop/pictures/{picture}.svg" alt="" width="640" height="480">
<div>
<p class="kind">{kind}</p>
<h1>{name}</h1>
<p class="lead">{summary}</p>
<p class="price">{price}</p>
{seller}{form}{age}<p>{details}</p>
<p class="hint">{delivery}</p>
</div>
</div>)",
          fmt::arg("shop", shop_address(frame, "/shop")), fmt::arg("back", words.back_to_shop),
          fmt::arg("picture", item.picture), fmt::arg("kind", kind_words(item, words)),
          fmt::arg("name", html_escape(name)),
          fmt::arg("summary", html_escape(item.summary.in(frame.language))),
          fmt::arg("price", format_amount(catalogue.price_of(item))),
          fmt::arg("seller", item.seller.empty()
                                 ? ""
                                 : "<p class=\"hint\">" + seller_words(frame, catalogue, item) + "</p>\n"),
          fmt::arg("form", shop_form(frame, "/shop/cart", fields, "buy")),
          fmt::arg("age", item.age == 0 ? ""
                                        : fmt::format("<p class=\"hint\">{}</p>\n",
                                                      fmt::format(fmt::runtime(words.age_note), item.age))),
          fmt::arg("details", html_escape(item.details.in(frame.language))),
          fmt::arg("delivery",
                   item.kind == ItemKind::kGoods ? words.delivery_goods : words.delivery_service)));
}

std::string cart_page(const ShopFrame& frame, const Catalogue& catalogue, const Cart& cart) {
  const ShopWords& words = shop_words_in(frame.language);
  std::string rows;
  for (const auto& [sku, quantity] : cart.entries()) {
    if (const Item* item = catalogue.find(sku)) rows += cart_row(frame, catalogue, *item, quantity);
  }
  std::string content = fmt::format("<h1>{}</h1>\n", words.cart_title);
  if (rows.empty())
    return shop_layout(
        frame, words.cart_title,
        content + fmt::format("<p class=\"lead\">{}</p>\n<p><a class=\"button\" href=\"{}\">{}</a></p>",
                              words.cart_empty, shop_address(frame, "/shop"), words.back_to_shop));
  const std::string table = fmt::format(
      R"(<table>
<thead><tr><th scope="col">{}</th><th scope="col" class="number">{}</th><th scope="col" class="number">{}</th><th scope="col" class="number">{}</th></tr></thead>
<tbody>
{}</tbody>
<tfoot><tr><th scope="row" colspan="3">{}</th><td class="number" id="total">{}</td></tr></tfoot>
</table>
<p class="hint">{} <button type="submit" class="quiet">{}</button></p>
)",
      words.item, words.unit_price, words.quantity, words.amount, rows, words.total,
      total_words(catalogue, cart, frame.language), words.remove, words.update);
  content += shop_form(frame, "/shop/cart/update", table);
  content += shop_form(
      frame, "/shop/checkout",
      fmt::format("<input type=\"hidden\" name=\"form\" value=\"{}\">\n<p class=\"hint\">{}</p>\n"
                  "<button type=\"submit\" id=\"checkout\">{}</button>\n",
                  frame.form, sellers_of(cart, catalogue).size() > 1 ? words.joint_hint : words.checkout_hint,
                  words.checkout));
  return shop_layout(frame, words.cart_title, content);
}

std::string needs_page(const ShopFrame& frame) {
  const ShopWords& words = shop_words_in(frame.language);
  const auto step = [](std::string_view title, std::string_view text) {
    return fmt::format("<li><h2>{}</h2><p>{}</p></li>\n", title, text);
  };
  const std::string registration = fmt::format("{} <a href=\"/register?lang={}\">{}</a>", words.needs_1,
                                               language_code(frame.language), words.register_link);
  return shop_layout(
      frame, words.needs_title,
      fmt::format("<h1>{}</h1>\n<p class=\"lead\">{}</p>\n<ol "
                  "class=\"needs\">\n{}{}{}{}</ol>\n<h2>{}</h2>\n<p>{}</p>",
                  words.needs_title, words.needs_text, step(words.needs_1_title, registration),
                  step(words.needs_2_title, words.needs_2), step(words.needs_3_title, words.needs_3),
                  step(words.needs_4_title, words.needs_4), words.needs_else_title, words.needs_else));
}

std::string missing_page(const ShopFrame& frame) {
  const ShopWords& words = shop_words_in(frame.language);
  return shop_layout(
      frame, words.not_found_title,
      fmt::format("<h1>{}</h1>\n<p class=\"lead\">{}</p>\n<p><a href=\"{}\">{}</a></p>",
                  words.not_found_title, words.not_found, shop_address(frame, "/shop"), words.back_to_shop));
}

http::Response shop_response(int status, std::string_view html) {
  auto response = page_response(status, html);
  response.headers["Content-Security-Policy"] =
      "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
      "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
  return response;
}

}  // namespace countersign::merchant
