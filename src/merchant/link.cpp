// SPDX-License-Identifier: Apache-2.0
#include "merchant/link.h"

#include <fmt/format.h>

#include "http/html.h"
#include "http/target.h"

namespace countersign::merchant {

using http::encode_component;

std::string pay_link(std::string_view gateway, std::string_view checkout, std::string_view token) {
  return "countersign:pay?gateway=" + encode_component(gateway) + "&checkout=" + encode_component(checkout) +
         "&token=" + encode_component(token);
}

std::string purchase_tag(const PurchaseTag& tag) {
  using http::html_escape;
  return fmt::format(
      R"(<countersign-purchase gateway="{}" checkout="{}" token="{}" profiles="{}" hidden></countersign-purchase>)",
      html_escape(tag.gateway), html_escape(tag.checkout), html_escape(tag.token), html_escape(tag.profiles));
}

std::string enrolment_link(const EnrolmentGrant& grant) {
  return "countersign:enrol?authority=" + encode_component(grant.authority) +
         "&id=" + encode_component(grant.id) + "&token=" + encode_component(grant.token) +
         "&root=" + encode_component(grant.root_fingerprint);
}

}  // namespace countersign::merchant
