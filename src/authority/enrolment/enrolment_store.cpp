// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/enrolment_store.h"

#include <array>

namespace countersign::authority {

namespace {

constexpr std::array kMigrations = {storage::Migration{1, R"sql(
CREATE TABLE enrolment (
  id TEXT NOT NULL PRIMARY KEY,
  merchant TEXT NOT NULL,
  consent_id TEXT NOT NULL,
  consent_digest BLOB NOT NULL,
  consent BLOB NOT NULL,
  holder TEXT NOT NULL,
  registered_by TEXT NOT NULL,
  state TEXT NOT NULL,
  attempt BIGINT NOT NULL,
  token_digest BLOB NOT NULL,
  password_digest BLOB NOT NULL,
  objection_digest BLOB NOT NULL,
  suspension_digest BLOB NOT NULL,
  mail TEXT NOT NULL,
  key_file BLOB NOT NULL,
  signing BLOB NOT NULL,
  agreement BLOB NOT NULL,
  acceptance BLOB NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  mails_to_forget TEXT NOT NULL,
  keys_to_destroy BIGINT NOT NULL,
  UNIQUE (merchant, consent_id)
);
CREATE INDEX enrolment_by_holder ON enrolment (holder, id);
CREATE INDEX enrolment_by_signing ON enrolment (signing);
CREATE INDEX enrolment_by_agreement ON enrolment (agreement);
CREATE INDEX enrolment_by_state ON enrolment (state, id);
CREATE INDEX enrolment_open ON enrolment (expires) WHERE state IN ('awaiting_fetch', 'awaiting_completion');
CREATE INDEX enrolment_keys ON enrolment (id) WHERE keys_to_destroy = 1;
)sql"},
                                    storage::Migration{2, R"sql(
ALTER TABLE enrolment ADD COLUMN agreement_proof_digest BLOB;
)sql"}};

constexpr std::string_view kSelect =
    "SELECT id, merchant, consent_id, consent_digest, consent, holder, registered_by, state, attempt, "
    "token_digest, "
    "password_digest, objection_digest, suspension_digest, mail, key_file, signing, agreement, acceptance, "
    "created, "
    "expires, mails_to_forget, keys_to_destroy, agreement_proof_digest FROM enrolment ";

Result<Enrolment> enrolment_of(const storage::Row& row) {
  const auto state = enrolment_state_of_name(row.text(7));
  if (!state) return fail(ErrorCode::kInternal, "enrolment: unknown state in the store");
  TRY(auto signing, x509::SerialNumber::from_bytes(row.blob(15)));
  TRY(auto agreement, x509::SerialNumber::from_bytes(row.blob(16)));
  return Enrolment{.id = row.text(0),
                   .merchant = row.text(1),
                   .consent_id = row.text(2),
                   .consent_digest = row.blob(3),
                   .consent = row.blob(4),
                   .holder = row.text(5),
                   .registered_by = row.text(6),
                   .state = *state,
                   .attempt = row.integer(8),
                   .token_digest = row.blob(9),
                   .password_digest = row.blob(10),
                   .objection_digest = row.blob(11),
                   .suspension_digest = row.blob(12),
                   .mail = row.text(13),
                   .key_file = row.blob(14),
                   .signing = std::move(signing),
                   .agreement = std::move(agreement),
                   .acceptance = row.blob(17),
                   .created = from_unix_seconds(row.integer(18)),
                   .expires = from_unix_seconds(row.integer(19)),
                   .agreement_proof_digest = row.is_null(22) ? Bytes{} : row.blob(22),
                   .mails_to_forget = row.text(20),
                   .keys_to_destroy = row.integer(21) != 0};
}

Result<std::vector<Enrolment>> enrolments_of(const std::vector<storage::Row>& rows) {
  std::vector<Enrolment> enrolments;
  enrolments.reserve(rows.size());
  for (const auto& row : rows) {
    TRY(auto enrolment, enrolment_of(row));
    enrolments.push_back(std::move(enrolment));
  }
  return enrolments;
}

Result<std::optional<Enrolment>> first_of(const std::optional<storage::Row>& row) {
  if (!row) return std::optional<Enrolment>{};
  TRY(auto enrolment, enrolment_of(*row));
  return std::optional<Enrolment>{std::move(enrolment)};
}

constexpr std::array kStates = {EnrolmentState::kAwaitingFetch, EnrolmentState::kAwaitingCompletion,
                                EnrolmentState::kActive,        EnrolmentState::kExpired,
                                EnrolmentState::kObjected,      EnrolmentState::kRevoked};

}  // namespace

std::string_view enrolment_state_name(EnrolmentState state) {
  switch (state) {
    case EnrolmentState::kAwaitingFetch:
      return "awaiting_fetch";
    case EnrolmentState::kAwaitingCompletion:
      return "awaiting_completion";
    case EnrolmentState::kActive:
      return "active";
    case EnrolmentState::kExpired:
      return "expired";
    case EnrolmentState::kObjected:
      return "objected";
    case EnrolmentState::kRevoked:
      return "revoked";
  }
  return "revoked";
}

std::optional<EnrolmentState> enrolment_state_of_name(std::string_view name) {
  for (const auto state : kStates) {
    if (enrolment_state_name(state) == name) return state;
  }
  return std::nullopt;
}

bool is_open(EnrolmentState state) {
  return state == EnrolmentState::kAwaitingFetch || state == EnrolmentState::kAwaitingCompletion;
}

Result<EnrolmentStore> EnrolmentStore::open(storage::Database& database) {
  TRY(database.migrate("enrolments", kMigrations));
  return EnrolmentStore();
}

Result<void> EnrolmentStore::add(storage::Transaction& transaction, const Enrolment& e) const {
  TRY(transaction.execute(
      "INSERT INTO enrolment (id, merchant, consent_id, consent_digest, consent, holder, registered_by, "
      "state, "
      "attempt, token_digest, password_digest, objection_digest, suspension_digest, mail, key_file, signing, "
      "agreement, acceptance, created, expires, mails_to_forget, keys_to_destroy, agreement_proof_digest) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, "
      "$21, $22, $23)",
      {e.id,
       e.merchant,
       e.consent_id,
       e.consent_digest,
       e.consent,
       e.holder,
       e.registered_by,
       std::string(enrolment_state_name(e.state)),
       e.attempt,
       e.token_digest,
       e.password_digest,
       e.objection_digest,
       e.suspension_digest,
       e.mail,
       e.key_file,
       e.signing.bytes(),
       e.agreement.bytes(),
       e.acceptance,
       unix_seconds(e.created),
       unix_seconds(e.expires),
       e.mails_to_forget,
       std::int64_t{e.keys_to_destroy},
       e.agreement_proof_digest}));
  return ok();
}

Result<void> EnrolmentStore::update(storage::Transaction& transaction, const Enrolment& e) const {
  TRY(const auto changed,
      transaction.execute(
          "UPDATE enrolment SET consent = $1, state = $2, attempt = $3, token_digest = $4, password_digest = "
          "$5, "
          "objection_digest = $6, suspension_digest = $7, mail = $8, key_file = $9, signing = $10, agreement "
          "= $11, "
          "acceptance = $12, expires = $13, mails_to_forget = $14, keys_to_destroy = $15, "
          "agreement_proof_digest = $16 WHERE id = $17",
          {e.consent, std::string(enrolment_state_name(e.state)), e.attempt, e.token_digest,
           e.password_digest, e.objection_digest, e.suspension_digest, e.mail, e.key_file, e.signing.bytes(),
           e.agreement.bytes(), e.acceptance, unix_seconds(e.expires), e.mails_to_forget,
           std::int64_t{e.keys_to_destroy}, e.agreement_proof_digest, e.id}));
  if (changed != 1) return fail(ErrorCode::kNotFound, "enrolment: no such id");
  return ok();
}

Result<Enrolment> EnrolmentStore::find(storage::Reader& reader, std::string_view id) const {
  TRY(const auto row, reader.query_one(std::string(kSelect) + "WHERE id = $1", {std::string(id)}));
  if (!row) return fail(ErrorCode::kNotFound, "enrolment: no such id");
  return enrolment_of(*row);
}

Result<std::optional<Enrolment>> EnrolmentStore::find_by_consent(storage::Reader& reader,
                                                                 std::string_view merchant,
                                                                 std::string_view consent_id) const {
  TRY(const auto row, reader.query_one(std::string(kSelect) + "WHERE merchant = $1 AND consent_id = $2",
                                       {std::string(merchant), std::string(consent_id)}));
  return first_of(row);
}

Result<std::optional<Enrolment>> EnrolmentStore::find_by_serial(storage::Reader& reader,
                                                                const x509::SerialNumber& serial) const {
  TRY(const auto row,
      reader.query_one(std::string(kSelect) + "WHERE signing = $1 OR agreement = $1", {serial.bytes()}));
  return first_of(row);
}

Result<std::vector<Enrolment>> EnrolmentStore::find_by_holder(storage::Reader& reader,
                                                              std::string_view uid) const {
  TRY(const auto rows, reader.query(std::string(kSelect) + "WHERE holder = $1 ORDER BY id DESC LIMIT 500",
                                    {std::string(uid)}));
  return enrolments_of(rows);
}

Result<std::int64_t> EnrolmentStore::count_attempts(storage::Reader& reader, const Sha256Digest& email_digest,
                                                    std::optional<std::string_view> merchant,
                                                    TimePoint since) const {
  const std::string all =
      "SELECT CAST(COALESCE(SUM(attempt), 0) AS BIGINT) FROM enrolment WHERE expires > $1 AND holder IN "
      "(SELECT uid FROM holder WHERE erased = 0 AND email_digest = $2) AND ";
  storage::Values values{unix_seconds(since), to_bytes(email_digest)};
  if (merchant) values.emplace_back(std::string(*merchant));
  TRY(const auto row, reader.query_one(all + (merchant ? "merchant = $3" : "merchant <> ''"), values));
  return row->integer(0);
}

Result<std::vector<Enrolment>> EnrolmentStore::list(storage::Reader& reader,
                                                    std::optional<EnrolmentState> state,
                                                    std::string_view after, int limit) const {
  const auto most = std::to_string(limit);
  if (!state) {
    TRY(const auto rows,
        reader.query(std::string(kSelect) + "WHERE id > $1 ORDER BY id LIMIT " + most, {std::string(after)}));
    return enrolments_of(rows);
  }
  TRY(const auto rows,
      reader.query(std::string(kSelect) + "WHERE state = $1 AND id > $2 ORDER BY id LIMIT " + most,
                   {std::string(enrolment_state_name(*state)), std::string(after)}));
  return enrolments_of(rows);
}

Result<std::vector<Enrolment>> EnrolmentStore::overdue(storage::Reader& reader, TimePoint now,
                                                       int limit) const {
  TRY(const auto rows,
      reader.query(std::string(kSelect) +
                       "WHERE state IN ('awaiting_fetch', 'awaiting_completion') AND expires < $1 "
                       "ORDER BY expires LIMIT " +
                       std::to_string(limit),
                   {unix_seconds(now)}));
  return enrolments_of(rows);
}

Result<std::vector<Enrolment>> EnrolmentStore::with_keys_to_destroy(storage::Reader& reader,
                                                                    int limit) const {
  TRY(const auto rows,
      reader.query(
          std::string(kSelect) + "WHERE keys_to_destroy = 1 ORDER BY id LIMIT " + std::to_string(limit), {}));
  return enrolments_of(rows);
}

Result<std::vector<Enrolment>> EnrolmentStore::abandoned(storage::Reader& reader, TimePoint before,
                                                         int limit) const {
  TRY(const auto rows,
      reader.query(std::string(kSelect) +
                       "WHERE state IN ('expired', 'objected') AND expires < $1 AND consent <> $2 "
                       "AND acceptance = $2 ORDER BY id LIMIT " +
                       std::to_string(limit),
                   {unix_seconds(before), Bytes{}}));
  return enrolments_of(rows);
}

}  // namespace countersign::authority
