// SPDX-License-Identifier: Apache-2.0
#include "merchant/registration_store.h"

namespace countersign::merchant {
namespace {

std::string kind_name(documents::ConsentKind kind) {
  return kind == documents::ConsentKind::kRenewal ? "renewal" : "enrolment";
}

constexpr std::string_view kSelect =
    "SELECT consents.id, kind, document, given, COALESCE(request_key, ''), request_digest, "
    "COALESCE(enrolments.id, '') FROM consents LEFT JOIN enrolments ON enrolments.consent = consents.id "
    "WHERE ";

StoredConsent consent_of(const storage::Row& row) {
  const auto kind =
      row.text(1) == "renewal" ? documents::ConsentKind::kRenewal : documents::ConsentKind::kEnrolment;
  return {row.text(0), kind,        row.blob(2), from_unix_seconds(row.integer(3)),
          row.text(4), row.blob(5), row.text(6)};
}

Result<std::optional<StoredConsent>> select(storage::Reader& reader, std::string_view condition,
                                            std::string_view parameter) {
  TRY(const auto row,
      reader.query_one(std::string(kSelect) + std::string(condition), {std::string(parameter)}));
  if (!row) return std::nullopt;
  return std::optional(consent_of(*row));
}

Result<std::vector<StoredConsent>> select_all(storage::Reader& reader, std::string_view condition,
                                              const storage::Value& parameter, int limit) {
  TRY(const auto rows, reader.query(std::string(kSelect) + "erased IS NULL AND " + std::string(condition) +
                                        " LIMIT " + std::to_string(limit),
                                    {parameter}));
  std::vector<StoredConsent> consents;
  for (const auto& row : rows) consents.push_back(consent_of(row));
  return consents;
}

}  // namespace

Result<void> insert_consent(storage::Transaction& transaction, const StoredConsent& consent) {
  TRY(
      transaction.execute("INSERT INTO consents (id, kind, document, given, request_key, request_digest) "
                          "VALUES ($1, $2, $3, $4, NULLIF($5, ''), $6)",
                          {consent.id, kind_name(consent.kind), consent.document, unix_seconds(consent.given),
                           consent.request_key, consent.request_digest}));
  return ok();
}

Result<std::optional<StoredConsent>> find_consent(storage::Reader& reader, std::string_view id) {
  return select(reader, "consents.id = $1", id);
}

Result<std::optional<StoredConsent>> find_consent_by_request(storage::Reader& reader, std::string_view key) {
  return select(reader, "request_key = $1", key);
}

Result<std::vector<StoredConsent>> list_consents(storage::Reader& reader, std::string_view after, int limit) {
  return select_all(reader, "consents.id > $1 ORDER BY consents.id", std::string(after), limit);
}

Result<std::vector<StoredConsent>> list_consents_before(storage::Reader& reader, TimePoint given, int limit) {
  return select_all(reader, "given < $1 ORDER BY given", unix_seconds(given), limit);
}

Result<void> erase_consent(storage::Transaction& transaction, std::string_view id,
                           const Sha256Digest& document_digest, TimePoint now) {
  TRY(transaction.execute(
      "UPDATE consents SET document = $2, request_key = NULL, request_digest = $2, document_digest = $3, "
      "erased = $4 WHERE id = $1 AND erased IS NULL",
      {std::string(id), Bytes(), to_bytes(document_digest), unix_seconds(now)}));
  return ok();
}

Result<std::optional<ErasedConsent>> find_erased_consent(storage::Reader& reader, std::string_view id) {
  TRY(const auto row,
      reader.query_one("SELECT document_digest, erased FROM consents WHERE id = $1 AND erased IS NOT NULL",
                       {std::string(id)}));
  if (!row) return std::nullopt;
  return std::optional(ErasedConsent{row->blob(0), from_unix_seconds(row->integer(1))});
}

Result<void> record_enrolment(storage::Transaction& transaction, std::string_view consent,
                              std::string_view enrolment, TimePoint expires) {
  TRY(
      transaction.execute("INSERT INTO enrolments (id, consent, expires) VALUES ($1, $2, $3) "
                          "ON CONFLICT (consent) DO UPDATE SET id = excluded.id, expires = excluded.expires",
                          {std::string(enrolment), std::string(consent), unix_seconds(expires)}));
  return ok();
}

}  // namespace countersign::merchant
