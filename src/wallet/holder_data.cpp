// SPDX-License-Identifier: Apache-2.0
#include "wallet/holder_data.h"

#include <algorithm>

#include "base/log.h"
#include "documents/json.h"

namespace countersign::wallet {
namespace {

namespace json = boost::json;

constexpr std::string_view kPersonal = "countersign:personal";
constexpr std::string_view kPayment = "countersign:payment:";
constexpr std::string_view kSummary = "holder-data";
constexpr std::string_view kMeansIds = "123456789";

bool is_means_id(std::string_view id) {
  return id.size() == 1 && kMeansIds.find(id) != std::string_view::npos;
}

std::string label_of(std::string_view id) {
  return std::string(kPayment) + std::string(id);
}

std::vector<std::string> means_labels() {
  std::vector<std::string> labels;
  for (const char id : kMeansIds) labels.push_back(label_of({&id, 1}));
  return labels;
}

std::string write_summary(const HolderDataSummary& summary) {
  json::array fields, means, unreadable(summary.unreadable.begin(), summary.unreadable.end());
  for (const auto field : summary.fields)
    fields.emplace_back(documents::field_name({field, field == documents::PersonalField::kOverAge ? 1 : 0}));
  for (const auto& one : summary.means)
    means.push_back(json::object{{"id", one.id},
                                 {"method", documents::method_name(one.method)},
                                 {"ending", one.ending},
                                 {"detail", one.detail},
                                 {"company", one.company ? one.company->text() : ""}});
  return documents::write_json(json::object{
      {"fields", std::move(fields)}, {"means", std::move(means)}, {"unreadable", std::move(unreadable)}});
}

// A summary from before there was such a member knows of none.
Result<std::optional<x509::Name>> read_company(documents::ObjectReader& reader) {
  if (!reader.has("company")) return std::optional<x509::Name>();
  TRY(const auto text, reader.text("company", 1000, 0));
  if (text.empty()) return std::optional<x509::Name>();
  TRY(auto company, x509::Name::from_text(text));
  return std::optional(std::move(company));
}

Result<HolderDataSummary> parse_summary(std::string_view text) {
  HolderDataSummary summary;
  TRY(auto reader, documents::ObjectReader::parse(as_bytes(text), "summary"));
  TRY(const auto names, reader.texts("fields", 8, 64));
  TRY(const auto fields, documents::fields_of_names(names));
  for (const auto& field : fields) summary.fields.push_back(field.field);
  TRY(auto means, reader.objects("means", 9));
  for (auto& one : means) {
    MeansSummary read;
    TRY(read.id, one.text("id", 1));
    TRY(const auto method, one.text("method", 16));
    TRY(read.method, documents::method_of_name(method));
    TRY(read.ending, one.text("ending", 4));
    TRY(read.detail, one.text("detail", 60));
    TRY(read.company, read_company(one));
    summary.means.push_back(std::move(read));
  }
  // A summary from before there was such a member knows of none.
  if (reader.has("unreadable")) {
    TRY(summary.unreadable, reader.texts("unreadable", kMeansIds.size(), 1));
  }
  return summary;
}

}  // namespace

Result<HolderDataSummary> HolderData::summary() {
  TRY(const auto text, parties_.store.sealed_setting(std::string(kSummary)));
  if (text.empty()) return HolderDataSummary{};
  return parse_summary(text);
}

Result<void> HolderData::keep_summary(const HolderDataSummary& summary) {
  return parties_.store.keep_sealed_setting(std::string(kSummary), write_summary(summary));
}

Result<PersonalData> HolderData::personal() {
  const auto stored = data_.read(kPersonal);
  if (!stored && stored.error().code == ErrorCode::kNotFound) return PersonalData{};
  if (!stored) return fail(stored.error());
  return parse_personal_data(stored.value());
}

Result<void> HolderData::keep_personal(const PersonalData& data) {
  TRY(check_personal_data(data, parties_.clock.now()));
  TRY(data_.store(kPersonal, write_personal_data(data)));
  TRY(review());
  return ok();
}

Result<std::string> HolderData::add_means(PaymentMeans means) {
  TRY(check_payment_data(means.payment, parties_.clock.now()));
  const auto labels = means_labels();
  TRY(const auto held, data_.held(labels));
  const auto free = std::find_if(labels.begin(), labels.end(), [&](const auto& label) {
    return std::find(held.begin(), held.end(), label) == held.end();
  });
  if (free == labels.end()) return fail(ErrorCode::kTooLarge, "the card holds nine ways to pay already");
  const std::string id = free->substr(kPayment.size());
  TRY(data_.store(label_of(id), write_payment_means(means)));
  TRY(review());
  return id;
}

Result<PaymentMeans> HolderData::means(const std::string& id) {
  if (!is_means_id(id)) return fail(ErrorCode::kNotFound, "no such way to pay on the card");
  TRY(const auto stored, data_.read(label_of(id)));
  return parse_payment_means(stored);
}

Result<void> HolderData::remove_means(const std::string& id) {
  if (!is_means_id(id)) return fail(ErrorCode::kNotFound, "no such way to pay on the card");
  TRY(data_.remove(label_of(id)));
  TRY(review());
  return ok();
}

Result<HolderDataSummary> HolderData::review() {
  HolderDataSummary summary;
  TRY(const auto data, personal());
  summary.fields = fields_in(data);
  TRY(const auto held, data_.held(means_labels()));
  for (const auto& label : held) {
    const std::string id = label.substr(kPayment.size());
    const auto payment = means(id);
    if (payment) {
      summary.means.push_back(summary_of(id, payment.value()));
    } else if (payment.error().code == ErrorCode::kMalformed) {
      // It takes a place, is there to be removed, and keeps nobody from the others.
      summary.unreadable.push_back(id);
      log_event(LogLevel::kWarning, "means_unreadable",
                {{"id", id}, {"code", error_name(payment.error().code)}});
    } else {
      return fail(payment.error());
    }
  }
  TRY(keep_summary(summary));
  return summary;
}

}  // namespace countersign::wallet
