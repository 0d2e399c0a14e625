// SPDX-License-Identifier: Apache-2.0
#include "wallet/screen_json.h"

namespace countersign::wallet {
namespace {

namespace json = boost::json;

json::object describe(const Amount& amount) {
  return {{"minorUnits", amount.minor_units},
          {"currency", amount.currency},
          {"digits", minor_unit_digits(amount.currency)}};
}

json::value describe(const std::optional<documents::Confirmation>& confirmation) {
  if (!confirmation) return nullptr;
  return json::object{{"id", confirmation->id},
                      {"index", confirmation->index},
                      {"time", format_time(confirmation->time)},
                      {"dataCentre", confirmation->data_centre.text()},
                      {"orderDigest", hex_encode(confirmation->order_digest)}};
}

json::value describe(const std::optional<documents::Refusal>& refusal) {
  if (!refusal) return nullptr;
  json::array reasons;
  for (const auto& reason : refusal->reasons) reasons.emplace_back(error_name(reason.code));
  return json::object{
      {"time", format_time(refusal->time)}, {"final", refusal->final}, {"reasons", std::move(reasons)}};
}

std::string_view origin_name(const std::optional<x509::KeyOrigin>& origin) {
  if (!origin) return "";
  return *origin == x509::KeyOrigin::kAuthority ? "authority" : "holder";
}

}  // namespace

json::object describe(const EnrolmentView& view) {
  return {{"id", view.record.id},
          {"state", state_name(view.record.state)},
          {"hasKeyFile", view.has_key_file},
          {"created", format_time(view.record.created)},
          {"kind", view.consent.kind == documents::ConsentKind::kRenewal ? "renewal" : "enrolment"},
          {"merchant", view.consent.merchant.subject.value_of("CN")},
          {"merchantSubject", view.consent.merchant.subject.text()},
          {"email", view.consent.email},
          {"text", view.consent.text},
          {"given", format_time(view.consent.given)},
          {"root", hex_encode(view.record.root)}};
}

json::object describe(const PaymentView& view) {
  json::array lines;
  for (const auto& line : view.order.lines) {
    lines.push_back(
        json::object{{"sku", line.sku},
                     {"description", line.description},
                     {"quantity", line.quantity},
                     {"unitPrice", describe(Amount{line.unit_price, view.order.total.currency})}});
  }
  json::array attempts;
  for (const auto& attempt : view.attempts) {
    attempts.push_back(
        json::object{{"source", attempt.source == AttemptSource::kGateway ? "gateway" : "authority"},
                     {"at", format_time(attempt.at)},
                     {"outcome", attempt.outcome}});
  }
  return {{"id", view.record.id},
          {"state", state_name(view.record.state)},
          {"merchant", view.merchant.subject().value_of("CN")},
          {"merchantSubject", view.merchant.subject().text()},
          {"origin", view.order.origin},
          {"authority", view.order.authority.text()},
          {"lines", std::move(lines)},
          {"total", describe(view.order.total)},
          {"created", format_time(view.order.created)},
          {"expires", format_time(view.order.expires)},
          {"attempts", std::move(attempts)},
          {"confirmation", describe(view.confirmation)},
          {"refusal", describe(view.refusal)}};
}

json::object describe(const Identity& identity) {
  return {{"subject", identity.signing.subject().text()},
          {"serial", identity.signing.serial().hex()},
          {"notBefore", format_time(identity.signing.not_before())},
          {"notAfter", format_time(identity.signing.not_after())},
          {"registeredBy", identity.signing.registered_by()},
          {"keyOrigin", origin_name(identity.signing.key_origin())},
          {"suspensionCode", identity.enrolment.suspension_code}};
}

json::object describe(const ListedCertificate& certificate) {
  return {{"serial", certificate.serial},       {"role", certificate.role},
          {"state", certificate.state},         {"notBefore", certificate.not_before},
          {"notAfter", certificate.not_after},  {"registeredBy", certificate.registered_by},
          {"keyOrigin", certificate.key_origin}};
}

json::object describe(card::Card& card) {
  const auto info = card.info();
  const auto left = card.tries_left();
  json::object object{
      {"label", info.label}, {"tamperResistant", info.tamper_resistant}, {"triesLeft", nullptr}};
  if (left) object["triesLeft"] = *left;
  return object;
}

}  // namespace countersign::wallet
