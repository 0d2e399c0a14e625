// SPDX-License-Identifier: Apache-2.0
#include "merchant/registration_store.h"

namespace countersign::merchant {
namespace {

std::string kind_name(documents::ConsentKind kind) {
  return kind == documents::ConsentKind::kRenewal ? "renewal" : "enrolment";
}

Result<std::optional<StoredConsent>> select(storage::Reader& reader, std::string_view condition,
                                            std::string_view parameter) {
  const std::string sql =
      "SELECT consents.id, kind, document, given, COALESCE(request_key, ''), request_digest, "
      "COALESCE(enrolments.id, '') FROM consents LEFT JOIN enrolments ON enrolments.consent = consents.id "
      "WHERE " +
      std::string(condition);
  TRY(const auto row, reader.query_one(sql, {std::string(parameter)}));
  if (!row) return std::nullopt;
  const auto kind =
      row->text(1) == "renewal" ? documents::ConsentKind::kRenewal : documents::ConsentKind::kEnrolment;
  return std::optional(StoredConsent{row->text(0), kind, row->blob(2), from_unix_seconds(row->integer(3)),
                                     row->text(4), row->blob(5), row->text(6)});
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

Result<void> record_enrolment(storage::Transaction& transaction, std::string_view consent,
                              std::string_view enrolment, TimePoint expires) {
  TRY(
      transaction.execute("INSERT INTO enrolments (id, consent, expires) VALUES ($1, $2, $3) "
                          "ON CONFLICT (consent) DO UPDATE SET id = excluded.id, expires = excluded.expires",
                          {std::string(enrolment), std::string(consent), unix_seconds(expires)}));
  return ok();
}

}  // namespace countersign::merchant
