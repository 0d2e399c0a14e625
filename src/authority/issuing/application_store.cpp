// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/application_store.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.h"

namespace countersign::authority {

namespace {

constexpr std::array kMigrations = {storage::Migration{1, R"sql(
CREATE TABLE merchant_application (
  id TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  subject TEXT NOT NULL,
  secret_digest BLOB NOT NULL,
  spki BLOB NOT NULL,
  key_origin TEXT NOT NULL,
  origins TEXT NOT NULL,
  challenge_token TEXT NOT NULL,
  challenge_port BIGINT NOT NULL,
  contact BLOB NOT NULL,
  private_key BLOB NOT NULL,
  key_file BLOB NOT NULL,
  mail TEXT NOT NULL,
  serial TEXT NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  keys_to_destroy BIGINT NOT NULL
);
CREATE INDEX merchant_application_by_state ON merchant_application (state, id);
CREATE INDEX merchant_application_by_subject ON merchant_application (subject, state);
CREATE INDEX merchant_application_open ON merchant_application (expires)
  WHERE state IN ('awaiting_challenge', 'awaiting_approval');
CREATE INDEX merchant_application_keys ON merchant_application (id) WHERE keys_to_destroy = 1;
)sql"},
                                    storage::Migration{2, R"sql(
ALTER TABLE merchant_application ADD COLUMN proved BIGINT NOT NULL DEFAULT 0;
UPDATE merchant_application SET proved = created WHERE state IN ('awaiting_approval', 'issued');
CREATE INDEX merchant_application_delivery ON merchant_application (expires)
  WHERE state = 'issued' AND mail <> '';
)sql"}};

constexpr std::string_view kSelect =
    "SELECT id, state, reason, subject, secret_digest, spki, key_origin, origins, challenge_token, "
    "challenge_port, "
    "contact, private_key, key_file, mail, serial, created, expires, keys_to_destroy, proved FROM "
    "merchant_application ";

// Origins contain no line break: one per line.
std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

Result<Application> application_of(const storage::Row& row) {
  const auto state = application_state_of_name(row.text(1));
  if (!state || row.blob(4).size() != 32) return fail(ErrorCode::kInternal, "application: row does not fit");
  Application application;
  application.id = row.text(0);
  application.state = *state;
  application.reason = row.text(2);
  application.subject = row.text(3);
  std::copy(row.blob(4).begin(), row.blob(4).end(), application.secret_digest.begin());
  application.spki = row.blob(5);
  application.key_origin =
      row.text(6) == "authority" ? x509::KeyOrigin::kAuthority : x509::KeyOrigin::kHolder;
  application.origins = split(row.text(7), '\n');
  application.challenge_token = row.text(8);
  application.challenge_port = static_cast<unsigned short>(row.integer(9));
  application.contact = row.blob(10);
  application.private_key = row.blob(11);
  application.key_file = row.blob(12);
  application.mail = row.text(13);
  application.serial = row.text(14);
  application.created = from_unix_seconds(row.integer(15));
  application.expires = from_unix_seconds(row.integer(16));
  application.keys_to_destroy = row.integer(17) != 0;
  application.proved = from_unix_seconds(row.integer(18));
  return application;
}

Result<std::vector<Application>> applications_of(const std::vector<storage::Row>& rows) {
  std::vector<Application> applications;
  applications.reserve(rows.size());
  for (const auto& row : rows) {
    TRY(auto application, application_of(row));
    applications.push_back(std::move(application));
  }
  return applications;
}

constexpr std::array kStates = {ApplicationState::kAwaitingChallenge, ApplicationState::kAwaitingApproval,
                                ApplicationState::kIssued, ApplicationState::kRejected,
                                ApplicationState::kExpired};

}  // namespace

std::string_view application_state_name(ApplicationState state) {
  switch (state) {
    case ApplicationState::kAwaitingChallenge:
      return "awaiting_challenge";
    case ApplicationState::kAwaitingApproval:
      return "awaiting_approval";
    case ApplicationState::kIssued:
      return "issued";
    case ApplicationState::kRejected:
      return "rejected";
    case ApplicationState::kExpired:
      return "expired";
  }
  return "expired";
}

std::optional<ApplicationState> application_state_of_name(std::string_view name) {
  for (const auto state : kStates) {
    if (application_state_name(state) == name) return state;
  }
  return std::nullopt;
}

Result<ApplicationStore> ApplicationStore::open(storage::Database& database) {
  TRY(database.migrate("applications", kMigrations));
  return ApplicationStore();
}

Result<void> ApplicationStore::add(storage::Transaction& transaction, const Application& a) const {
  TRY(transaction.execute(
      "INSERT INTO merchant_application (id, state, reason, subject, secret_digest, spki, key_origin, "
      "origins, "
      "challenge_token, challenge_port, contact, private_key, key_file, mail, serial, created, expires, "
      "keys_to_destroy, proved) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
      "$16, $17, $18, $19)",
      {a.id, std::string(application_state_name(a.state)), a.reason, a.subject, to_bytes(a.secret_digest),
       a.spki, std::string(a.key_origin == x509::KeyOrigin::kAuthority ? "authority" : "holder"),
       join(a.origins), a.challenge_token, std::int64_t{a.challenge_port}, a.contact, a.private_key,
       a.key_file, a.mail, a.serial, unix_seconds(a.created), unix_seconds(a.expires),
       std::int64_t{a.keys_to_destroy}, unix_seconds(a.proved)}));
  return ok();
}

Result<void> ApplicationStore::update(storage::Transaction& transaction, const Application& a) const {
  TRY(const auto changed,
      transaction.execute(
          "UPDATE merchant_application SET state = $1, reason = $2, contact = $3, private_key = $4, "
          "key_file = $5, mail = $6, serial = $7, expires = $8, keys_to_destroy = $9, proved = $10 "
          "WHERE id = $11",
          {std::string(application_state_name(a.state)), a.reason, a.contact, a.private_key, a.key_file,
           a.mail, a.serial, unix_seconds(a.expires), std::int64_t{a.keys_to_destroy}, unix_seconds(a.proved),
           a.id}));
  if (changed != 1) return fail(ErrorCode::kNotFound, "application: no such id");
  return ok();
}

Result<Application> ApplicationStore::find(storage::Reader& reader, std::string_view id) const {
  TRY(const auto row, reader.query_one(std::string(kSelect) + "WHERE id = $1", {std::string(id)}));
  if (!row) return fail(ErrorCode::kNotFound, "application: no such id");
  return application_of(*row);
}

Result<std::vector<Application>> ApplicationStore::list(storage::Reader& reader,
                                                        std::optional<ApplicationState> state,
                                                        std::string_view after, int limit) const {
  const auto most = std::to_string(limit);
  if (!state) {
    TRY(const auto rows,
        reader.query(std::string(kSelect) + "WHERE id > $1 ORDER BY id LIMIT " + most, {std::string(after)}));
    return applications_of(rows);
  }
  TRY(const auto rows,
      reader.query(std::string(kSelect) + "WHERE state = $1 AND id > $2 ORDER BY id LIMIT " + most,
                   {std::string(application_state_name(*state)), std::string(after)}));
  return applications_of(rows);
}

Result<bool> ApplicationStore::is_pending(storage::Reader& reader, std::string_view subject) const {
  TRY(const auto row,
      reader.query_one("SELECT id FROM merchant_application WHERE subject = $1 AND state = $2",
                       {std::string(subject), std::string("awaiting_approval")}));
  return row.has_value();
}

Result<std::optional<Application>> ApplicationStore::find_issued(storage::Reader& reader,
                                                                 std::string_view subject) const {
  TRY(const auto row,
      reader.query_one(std::string(kSelect) + "WHERE subject = $1 AND state = $2 ORDER BY id DESC LIMIT 1",
                       {std::string(subject), std::string("issued")}));
  if (!row) return std::optional<Application>();
  TRY(auto application, application_of(*row));
  return std::optional(std::move(application));
}

Result<std::vector<Application>> ApplicationStore::overdue(storage::Reader& reader, TimePoint now,
                                                           int limit) const {
  const auto most = std::to_string(limit);
  TRY(auto rows, reader.query(std::string(kSelect) +
                                  "WHERE state IN ('awaiting_challenge', 'awaiting_approval') AND "
                                  "expires < $1 ORDER BY expires LIMIT " +
                                  most,
                              {unix_seconds(now)}));
  TRY(auto undelivered,
      reader.query(std::string(kSelect) +
                       "WHERE state = 'issued' AND mail <> '' AND expires < $1 ORDER BY expires LIMIT " +
                       most,
                   {unix_seconds(now)}));
  std::move(undelivered.begin(), undelivered.end(), std::back_inserter(rows));
  return applications_of(rows);
}

Result<std::vector<Application>> ApplicationStore::with_keys_to_destroy(storage::Reader& reader,
                                                                        int limit) const {
  TRY(const auto rows,
      reader.query(
          std::string(kSelect) + "WHERE keys_to_destroy = 1 ORDER BY id LIMIT " + std::to_string(limit), {}));
  return applications_of(rows);
}

}  // namespace countersign::authority
