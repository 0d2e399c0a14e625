// SPDX-License-Identifier: Apache-2.0
#include "documents/step_needs.h"

#include <algorithm>
#include <array>

#include "documents/fields.h"
#include "documents/order_lines.h"

namespace countersign::documents {
namespace {

constexpr std::size_t kMaxStepName = 32;
constexpr std::size_t kMaxText = 200;
constexpr std::size_t kMaxShortText = 40;

struct NamedNeed {
  Need need;
  std::string_view name;
};
constexpr std::array kNeeds{
    NamedNeed{Need::kAmount, "amount"},     NamedNeed{Need::kAuthorization, "authorization"},
    NamedNeed{Need::kArticles, "articles"}, NamedNeed{Need::kLines, "lines"},
    NamedNeed{Need::kDelivery, "delivery"}, NamedNeed{Need::kBilling, "billing"},
    NamedNeed{Need::kReferrer, "referrer"}};

constexpr Need kOfCharging[] = {Need::kAmount, Need::kAuthorization};
constexpr Need kOfBilling[] = {Need::kAmount, Need::kLines, Need::kBilling};
constexpr Need kOfBrokerage[] = {Need::kAmount, Need::kReferrer};
constexpr Need kOfLogistics[] = {Need::kArticles, Need::kDelivery};
constexpr Need kOfOthers[] = {Need::kAmount, Need::kArticles, Need::kDelivery, Need::kReferrer};

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

auto nothing_for(Need need) {
  return fail(ErrorCode::kNotFound, "fields." + std::string(need_name(need)) + ": the sale has none");
}

std::vector<Article> articles_of(const std::vector<OrderLine>& lines) {
  std::vector<Article> articles;
  articles.reserve(lines.size());
  for (const OrderLine& line : lines) articles.push_back({line.sku, line.description, line.quantity});
  return articles;
}

Result<void> add_field(StepFields& fields, Need need, const StepMaterial& material) {
  switch (need) {
    case Need::kAmount:
      fields.amount = material.amount;
      return ok();
    case Need::kAuthorization:
      if (!material.review) return nothing_for(need);
      fields.authorization = material.review;
      return ok();
    case Need::kArticles:
      if (material.lines.empty()) return nothing_for(need);
      fields.articles = articles_of(material.lines);
      return ok();
    case Need::kLines:
      if (material.lines.empty()) return nothing_for(need);
      fields.lines = material.lines;
      return ok();
    case Need::kDelivery:
      if (!material.delivery) return nothing_for(need);
      fields.delivery = material.delivery;
      return ok();
    case Need::kBilling:
      if (!material.billing) return nothing_for(need);
      fields.billing = material.billing;
      return ok();
    case Need::kReferrer:
      fields.referrer = material.referrer;
      return ok();
  }
  return fail(ErrorCode::kInternal, "fields: a need that nobody knows");
}

// --- JSON

boost::json::array write_articles(const std::vector<Article>& articles) {
  boost::json::array array;
  for (const Article& article : articles)
    array.push_back(boost::json::object{
        {"sku", article.sku}, {"description", article.description}, {"quantity", article.quantity}});
  return array;
}

Result<void> read_articles(ObjectReader& reader, StepFields& fields) {
  TRY(std::vector<ObjectReader> items, reader.objects("articles", kMostLines));
  if (items.empty()) return fail(ErrorCode::kMalformed, "fields.articles: empty");
  for (ObjectReader& item : items) {
    Article article;
    TRY(article.sku, item.text("sku", 64));
    TRY(article.description, item.text("description", kMaxText));
    TRY(article.quantity, item.integer("quantity", 1, kMostOfALine));
    TRY(item.finish());
    fields.articles.push_back(std::move(article));
  }
  return ok();
}

Result<void> read_priced(ObjectReader& reader, StepFields& fields) {
  TRY(fields.lines, read_order_lines(reader));
  if (fields.lines.empty()) return fail(ErrorCode::kMalformed, "fields.lines: empty");
  return ok();
}

Result<void> read_delivery(ObjectReader& reader, StepFields& fields) {
  TRY(ObjectReader member, reader.object("delivery"));
  Recipient recipient;
  TRY(recipient.name, member.text("name", kMaxText));
  TRY(recipient.address, member.text("address", kMaxText));
  TRY(recipient.telephone, member.text_or_null("telephone", kMaxShortText));
  TRY(member.finish());
  fields.delivery = std::move(recipient);
  return ok();
}

Result<void> read_billing(ObjectReader& reader, StepFields& fields) {
  TRY(ObjectReader member, reader.object("billing"));
  BillingParty party;
  TRY(party.name, member.text("name", kMaxText));
  TRY(party.address, member.text("address", kMaxText));
  TRY(const std::string email, member.text_or_null("email", kMaxText));
  if (!email.empty()) {
    TRY(party.email, read_mail_address(member, "email"));
  }
  TRY(party.tax_number, member.text_or_null("taxNumber", kMaxShortText));
  TRY(member.finish());
  fields.billing = std::move(party);
  return ok();
}

Result<void> read_paid(ObjectReader& reader, StepFields& fields) {
  TRY(ObjectReader member, reader.object("amount"));
  TRY(fields.amount, read_whole_amount(std::move(member)));
  return ok();
}

Result<void> read_authorization(ObjectReader& reader, StepFields& fields) {
  TRY(ObjectReader member, reader.object("authorization"));
  TRY(fields.authorization, read_whole_review(std::move(member)));
  return ok();
}

Result<void> read_field(ObjectReader& reader, Need need, StepFields& fields) {
  switch (need) {
    case Need::kAmount:
      return read_paid(reader, fields);
    case Need::kAuthorization:
      return read_authorization(reader, fields);
    case Need::kArticles:
      return read_articles(reader, fields);
    case Need::kLines:
      return read_priced(reader, fields);
    case Need::kDelivery:
      return read_delivery(reader, fields);
    case Need::kBilling:
      return read_billing(reader, fields);
    case Need::kReferrer: {
      TRY(fields.referrer, reader.text("referrer", kMaxText));
      return ok();
    }
  }
  return fail(ErrorCode::kInternal, "fields: a need that nobody knows");
}

}  // namespace

bool is_step_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxStepName && text.front() >= 'a' && text.front() <= 'z' &&
         std::ranges::all_of(text, [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

std::string_view need_name(Need need) {
  return std::ranges::find(kNeeds, need, &NamedNeed::need)->name;
}

std::optional<Need> need_of_name(std::string_view name) {
  const auto found = std::ranges::find(kNeeds, name, &NamedNeed::name);
  if (found == kNeeds.end()) return std::nullopt;
  return found->need;
}

std::span<const Need> permitted_needs(std::string_view kind) {
  if (kind == kChargingKind) return kOfCharging;
  if (kind == kBillingKind) return kOfBilling;
  if (kind == kBrokerageKind) return kOfBrokerage;
  if (kind == kLogisticsKind) return kOfLogistics;
  return kOfOthers;
}

bool may_know(std::string_view kind, Need need) {
  return std::ranges::find(permitted_needs(kind), need) != permitted_needs(kind).end();
}

StepMaterial material_of(const Order& order, const Confirmation& confirmation) {
  return {.amount = order.total,
          .lines = order.lines,
          .review = confirmation.review,
          .delivery = {},
          .billing = {},
          .referrer = {}};
}

Result<StepFields> fields_for(std::string_view kind, const std::vector<Need>& needs,
                              const StepMaterial& material) {
  StepFields fields;
  for (const Need need : needs) {
    if (!may_know(kind, need))
      return fail(ErrorCode::kForbidden,
                  "fields." + std::string(need_name(need)) + ": not for " + std::string(kind));
    TRY(add_field(fields, need, material));
  }
  return fields;
}

std::vector<Need> needs_of(const StepFields& fields) {
  std::vector<Need> needs;
  if (fields.amount) needs.push_back(Need::kAmount);
  if (fields.authorization) needs.push_back(Need::kAuthorization);
  if (!fields.articles.empty()) needs.push_back(Need::kArticles);
  if (!fields.lines.empty()) needs.push_back(Need::kLines);
  if (fields.delivery) needs.push_back(Need::kDelivery);
  if (fields.billing) needs.push_back(Need::kBilling);
  if (!fields.referrer.empty()) needs.push_back(Need::kReferrer);
  return needs;
}

boost::json::object write_fields(const StepFields& fields) {
  boost::json::object object;
  if (fields.amount) object["amount"] = write_amount(*fields.amount);
  if (fields.authorization) object["authorization"] = write_review(*fields.authorization);
  if (!fields.articles.empty()) object["articles"] = write_articles(fields.articles);
  if (!fields.lines.empty()) object["lines"] = write_order_lines(fields.lines);
  if (fields.delivery)
    object["delivery"] = boost::json::object{{"name", fields.delivery->name},
                                             {"address", fields.delivery->address},
                                             {"telephone", text_or_null(fields.delivery->telephone)}};
  if (fields.billing)
    object["billing"] = boost::json::object{{"name", fields.billing->name},
                                            {"address", fields.billing->address},
                                            {"email", text_or_null(fields.billing->email)},
                                            {"taxNumber", text_or_null(fields.billing->tax_number)}};
  if (!fields.referrer.empty()) object["referrer"] = fields.referrer;
  return object;
}

Result<StepFields> read_fields(ObjectReader& reader, std::string_view kind) {
  TRY(ObjectReader member, reader.object("fields"));
  StepFields fields;
  for (const NamedNeed& each : kNeeds) {
    if (!member.has(each.name)) continue;
    if (!may_know(kind, each.need))
      return fail(ErrorCode::kForbidden,
                  "fields." + std::string(each.name) + ": not for " + std::string(kind));
    TRY(read_field(member, each.need, fields));
  }
  TRY(member.finish());
  return fields;
}

}  // namespace countersign::documents
