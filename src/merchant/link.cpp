// SPDX-License-Identifier: Apache-2.0
#include "merchant/link.h"

#include <fmt/format.h>

#include "base/html.h"
#include "documents/text_rules.h"
#include "http/target.h"

namespace countersign::merchant {

using http::encode_component;

std::string pay_link(std::string_view gateway, std::string_view checkout, std::string_view token) {
  return "countersign:pay?gateway=" + encode_component(gateway) + "&checkout=" + encode_component(checkout) +
         "&token=" + encode_component(token);
}

std::string purchase_tag(const PurchaseTag& tag) {
  return fmt::format(
      R"(<countersign-purchase gateway="{}" checkout="{}" token="{}" profiles="{}" hidden></countersign-purchase>)",
      html_escape(tag.gateway), html_escape(tag.checkout), html_escape(tag.token), html_escape(tag.profiles));
}

Result<LinkedCheckout> read_pay_link(std::string_view link) {
  constexpr std::string_view kStart = "countersign:pay?";
  if (!link.starts_with(kStart)) return fail(ErrorCode::kMalformed, "link: not of the kind pay");
  TRY(auto fields, http::parse_form(link.substr(kStart.size())));
  LinkedCheckout read;
  for (const auto& [name, member] :
       {std::pair{"gateway", &read.gateway}, std::pair{"checkout", &read.checkout},
        std::pair{"token", &read.token}}) {
    auto found = fields.extract(name);
    if (!found) return fail(ErrorCode::kMalformed, std::string("link: ") + name + " is missing");
    *member = std::move(found.mapped());
  }
  const bool are_words = documents::is_token(read.checkout) && documents::is_token(read.token);
  if (!are_words || !documents::is_https_origin(read.gateway) || !fields.empty())
    return fail(ErrorCode::kMalformed, "link: form");
  return read;
}

std::string joint_pay_link(const std::vector<LinkedCheckout>& checkouts, std::string_view origin) {
  std::string link = pay_link(checkouts.front().gateway, checkouts.front().checkout, checkouts.front().token);
  if (checkouts.size() == 1) return link;
  for (std::size_t place = 1; place < checkouts.size(); ++place) {
    const std::string number = "." + std::to_string(place + 1) + "=";
    for (const auto& [name, value] :
         {std::pair{"&gateway", &checkouts[place].gateway},
          std::pair{"&checkout", &checkouts[place].checkout}, std::pair{"&token", &checkouts[place].token}})
      link += name + number + encode_component(*value);
  }
  return link + "&origin=" + encode_component(origin);
}

std::string joint_tag(const std::vector<LinkedCheckout>& checkouts, std::string_view profiles) {
  std::string tags;
  for (const auto& [gateway, checkout, token] : checkouts)
    tags += purchase_tag({gateway, checkout, token, profiles}) + "\n";
  if (checkouts.size() == 1) return tags;
  return "<countersign-purchases hidden>\n" + tags + "</countersign-purchases>";
}

std::string enrolment_link(const EnrolmentGrant& grant) {
  return "countersign:enrol?authority=" + encode_component(grant.authority) +
         "&id=" + encode_component(grant.id) + "&token=" + encode_component(grant.token) +
         "&root=" + encode_component(grant.root_fingerprint);
}

}  // namespace countersign::merchant
