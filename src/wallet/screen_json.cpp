// SPDX-License-Identifier: Apache-2.0
#include "wallet/screen_json.h"

#include <algorithm>

#include "wallet/trust.h"

namespace countersign::wallet {
namespace {

namespace json = boost::json;

json::object describe(const Amount& amount) {
  return {{"minorUnits", amount.minor_units},
          {"currency", amount.currency},
          {"digits", minor_unit_digits(amount.currency)}};
}

// Since when the authority knew nothing newer of the purchaser, where it says that this is why.
json::value degraded_since(const documents::Confirmation& confirmation) {
  if (!confirmation.purchaser.degraded) return nullptr;
  return json::value(format_time(*confirmation.purchaser.as_of));
}

json::value describe(const std::optional<documents::Confirmation>& confirmation) {
  if (!confirmation) return nullptr;
  return json::object{{"id", confirmation->id},
                      {"index", confirmation->index},
                      {"time", format_time(confirmation->time)},
                      {"dataCentre", confirmation->data_centre.text()},
                      {"orderDigest", hex_encode(confirmation->order_digest)},
                      {"degradedSince", degraded_since(*confirmation)}};
}

json::value describe(const std::optional<documents::Refusal>& refusal) {
  if (!refusal) return nullptr;
  json::array reasons;
  for (const auto& reason : refusal->reasons) reasons.emplace_back(error_name(reason.code));
  return json::object{
      {"time", format_time(refusal->time)}, {"final", refusal->final}, {"reasons", std::move(reasons)}};
}

json::array describe_lines(const documents::Order& order) {
  json::array lines;
  for (const auto& line : order.lines) {
    lines.push_back(json::object{{"sku", line.sku},
                                 {"description", line.description},
                                 {"quantity", line.quantity},
                                 {"unitPrice", describe(Amount{line.unit_price, order.total.currency})}});
  }
  return lines;
}

json::value describe(const std::optional<x509::Name>& company) {
  if (!company) return nullptr;
  return json::object{{"name", short_name(*company)}, {"subject", company->text()}};
}

json::array describe_means(const std::vector<MeansSummary>& means) {
  json::array list;
  for (const auto& one : means) {
    list.push_back(json::object{{"id", one.id},
                                {"method", documents::method_name(one.method)},
                                {"ending", one.ending},
                                {"detail", one.detail},
                                {"company", describe(one.company)}});
  }
  return list;
}

// What a card company said to a payment; "verdict" is empty where that never arrived here.
json::object describe(const CompanyAnswer& answer) {
  json::object object{{"company", describe(std::optional(answer.company))},
                      {"method", documents::method_name(answer.method)},
                      {"ending", answer.ending},
                      {"verdict", ""},
                      {"code", ""},
                      {"authorization", ""},
                      {"decided", ""}};
  if (!answer.result) return object;
  object["verdict"] = answer.result->approved ? "approved" : "declined";
  object["code"] = answer.result->code;
  object["authorization"] = answer.result->authorization;
  object["decided"] = format_time(answer.result->decided);
  return object;
}

json::value describe(const std::optional<CompanyAnswer>& answer) {
  if (!answer) return nullptr;
  return describe(*answer);
}

std::string_view result_name(DialogueResult result) {
  switch (result) {
    case DialogueResult::kConfirmed:
      return "confirmed";
    case DialogueResult::kIdentified:
      return "identified";
    case DialogueResult::kRefused:
      return "refused";
    case DialogueResult::kDeclined:
      return "declined";
    case DialogueResult::kUnknown:
      return "unknown";
    case DialogueResult::kCancelled:
      return "cancelled";
    case DialogueResult::kFailed:
      return "failed";
    case DialogueResult::kPartly:
      return "partly";
    case DialogueResult::kLeftOut:
      return "left_out";
  }
  return "failed";
}

std::string_view ended_by_name(EndedBy by) {
  switch (by) {
    case EndedBy::kOutcome:
      return "outcome";
    case EndedBy::kHolder:
      return "holder";
    case EndedBy::kBrowser:
      return "browser";
    case EndedBy::kShop:
      return "shop";
    case EndedBy::kLostLink:
      return "lost_link";
  }
  return "outcome";
}

json::value describe(const std::optional<documents::Order>& order) {
  if (!order) return nullptr;
  return json::object{{"id", order->id},
                      {"lines", describe_lines(*order)},
                      {"total", describe(order->total)},
                      {"authority", order->authority.text()},
                      {"expires", format_time(order->expires)}};
}

json::array describe_fields(const std::vector<documents::RequestedField>& fields,
                            const HolderDataSummary& holder) {
  json::array list;
  for (const auto& field : fields) {
    const bool is_held =
        std::find(holder.fields.begin(), holder.fields.end(), field.field) != holder.fields.end();
    list.push_back(json::object{{"name", documents::field_name(field)}, {"held", is_held}});
  }
  return list;
}

json::value describe(const std::optional<SplitPaymentRecord>& standing) {
  if (!standing) return nullptr;
  return json::object{{"method", documents::method_name(standing->method)}, {"ending", standing->ending}};
}

// What one merchant asks.
json::object describe(const DialogueRequest& request, const HolderDataSummary& holder) {
  json::array methods;
  for (const auto method : request.methods) methods.emplace_back(documents::method_name(method));
  json::array companies;
  for (const auto& company : request.companies) companies.push_back(describe(std::optional(company)));
  return {{"merchant", request.merchant.subject().value_of("CN")},
          {"merchantSubject", request.merchant.subject().text()},
          {"elsewhere", request.elsewhere},
          {"origin", request.origin},
          {"profile", documents::profile_name(request.profile)},
          {"purpose", documents::purpose_name(request.purpose)},
          {"asksInformation", request.asks_information},
          {"fields", describe_fields(request.fields, holder)},
          {"methods", std::move(methods)},
          {"companies", std::move(companies)},
          {"order", describe(request.order)},
          {"standing", describe(request.standing)},
          {"declined", request.declined},
          {"answer", describe(request.answer)}};
}

json::value describe(const std::optional<documents::OrderGroup>& group) {
  if (!group) return nullptr;
  return json::object{{"id", group->id}, {"count", group->count}};
}

json::object describe(const DialogueEnd& end) {
  return {{"result", result_name(end.result)},
          {"code", end.code},
          {"purchase", end.purchase},
          {"answer", describe(end.answer)}};
}

// What the holder answers, for all merchants that ask.
json::value describe_question(const IncomingView& view) {
  const auto question = question_of(view);
  if (!question) return nullptr;  // such a purchase has failed
  json::array totals;
  for (const auto& total : question.value().totals) totals.push_back(describe(total));
  return json::object{{"number", view.question},
                      {"fields", describe_fields(question.value().fields, view.holder)},
                      {"paid", question.value().asks_payment},
                      {"means", describe_means(question.value().means)},
                      {"totals", std::move(totals)}};
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
  json::array attempts;
  for (const auto& attempt : view.attempts) {
    attempts.push_back(
        json::object{{"source", attempt.source == AttemptSource::kGateway ? "gateway" : "authority"},
                     {"at", format_time(attempt.at)},
                     {"outcome", attempt.outcome}});
  }
  json::array answers;
  for (const auto& answer : view.answers) answers.push_back(describe(answer));
  return {{"id", view.record.id},
          {"state", state_name(view.record.state)},
          {"profile", documents::profile_name(view.order.profile)},
          {"merchant", view.merchant.subject().value_of("CN")},
          {"merchantSubject", view.merchant.subject().text()},
          {"elsewhere", elsewhere(view.order.authority, view.order.purchaser.subject)},
          {"origin", view.order.origin},
          {"group", describe(view.order.group)},
          {"authority", view.order.authority.text()},
          {"lines", describe_lines(view.order)},
          {"total", describe(view.order.total)},
          {"created", format_time(view.order.created)},
          {"expires", format_time(view.order.expires)},
          {"declined", is_declined(view)},
          {"refusedForNow", is_refused_for_now(view)},
          {"attempts", std::move(attempts)},
          {"reviews", std::move(answers)},
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

json::object describe(const HolderDataSummary& summary) {
  json::array fields;
  for (const auto field : summary.fields) {
    if (field == documents::PersonalField::kOverAge) continue;
    fields.emplace_back(documents::field_name({field, 0}));
  }
  return {{"fields", std::move(fields)},
          {"means", describe_means(summary.means)},
          {"unreadable", json::array(summary.unreadable.begin(), summary.unreadable.end())}};
}

json::object describe(const IncomingView& view) {
  json::array sections;
  for (const auto& section : view.sections) {
    json::object one{{"gateway", section.gateway},
                     {"asks", section.asks},
                     {"trouble", section.trouble},
                     {"request", nullptr},
                     {"end", nullptr}};
    if (section.request) one["request"] = describe(*section.request, view.holder);
    if (section.end) one["end"] = describe(*section.end);
    sections.push_back(std::move(one));
  }
  json::object object{{"id", view.id},
                      {"computer", view.computer},
                      {"state", state_name(view.state)},
                      {"attested", view.attested},
                      {"code", view.code},
                      {"sections", std::move(sections)},
                      {"question", nullptr},
                      {"end", nullptr}};
  if (view.state == IncomingState::kAsked) object["question"] = describe_question(view);
  if (view.state == IncomingState::kEnded) {
    auto end = describe(view.end);
    end["by"] = ended_by_name(view.by);
    object["end"] = std::move(end);
  }
  return object;
}

}  // namespace countersign::wallet
