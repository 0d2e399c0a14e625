// SPDX-License-Identifier: Apache-2.0
#include "wallet/store.h"

#include <algorithm>
#include <array>

#include "crypto/seal.h"

namespace countersign::wallet {
namespace {

constexpr std::array kMigrations{storage::Migration{1, R"sql(
CREATE TABLE enrolment (
  id TEXT PRIMARY KEY,
  authority TEXT NOT NULL,
  root BLOB NOT NULL,
  token BLOB NOT NULL,
  state TEXT NOT NULL,
  created BIGINT NOT NULL,
  consent BLOB NOT NULL,
  key_file BLOB NOT NULL,
  signing_key TEXT NOT NULL,
  agreement_key TEXT NOT NULL,
  suspension_code BLOB NOT NULL
);
CREATE TABLE trusted (
  fingerprint BLOB PRIMARY KEY,
  root BLOB NOT NULL,
  certificate BLOB NOT NULL
);
CREATE TABLE purchase (
  id TEXT PRIMARY KEY,
  gateway TEXT NOT NULL,
  checkout TEXT NOT NULL,
  token BLOB NOT NULL,
  state TEXT NOT NULL,
  created BIGINT NOT NULL,
  order_bytes BLOB NOT NULL,
  merchant BLOB NOT NULL,
  signing_key TEXT NOT NULL,
  signed_order BLOB NOT NULL,
  confirmation BLOB NOT NULL,
  refusal BLOB NOT NULL
);
CREATE INDEX purchase_by_created ON purchase (created);
CREATE TABLE attempt (
  purchase TEXT NOT NULL REFERENCES purchase (id),
  number BIGINT NOT NULL,
  source TEXT NOT NULL,
  at BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (purchase, number)
);
CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
)sql"}};

constexpr std::string_view kEnrolmentColumns =
    "SELECT id, authority, root, token, state, created, consent, key_file, signing_key, agreement_key, "
    "suspension_code FROM enrolment ";
constexpr std::string_view kPurchaseColumns =
    "SELECT id, gateway, checkout, token, state, created, order_bytes, merchant, signing_key, signed_order, "
    "confirmation, refusal FROM purchase ";

template <typename State, std::size_t size>
Result<State> state_of(std::string_view name, const std::array<State, size>& states) {
  for (const State state : states) {
    if (state_name(state) == name) return state;
  }
  return fail(ErrorCode::kInternal, "wallet store: unknown state");
}

std::string key_of(const std::string& enrolment) {
  return "enrolment-" + enrolment;
}

}  // namespace

std::string_view state_name(EnrolmentState state) {
  switch (state) {
    case EnrolmentState::kLinked:
      return "linked";
    case EnrolmentState::kFetched:
      return "fetched";
    case EnrolmentState::kImported:
      return "imported";
    case EnrolmentState::kActive:
      return "active";
  }
  return "linked";
}

std::string_view state_name(PurchaseState state) {
  switch (state) {
    case PurchaseState::kShown:
      return "shown";
    case PurchaseState::kSigned:
      return "signed";
    case PurchaseState::kConfirmed:
      return "confirmed";
    case PurchaseState::kRefused:
      return "refused";
    case PurchaseState::kCancelled:
      return "cancelled";
  }
  return "shown";
}

Result<std::unique_ptr<WalletStore>> WalletStore::open(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error) return fail(ErrorCode::kUnavailable, "wallet folder: " + error.message());
  TRY(auto secrets, storage::SecretFolder::open(folder / "secrets"));
  TRY(auto key, secrets.load_or_create("wallet", crypto::kSealKeySize));
  TRY(auto database, storage::open_sqlite(folder / "wallet.db"));
  TRY(database->migrate("wallet", kMigrations));
  return std::unique_ptr<WalletStore>(
      new WalletStore(std::move(database), std::move(secrets), std::move(key)));
}

Bytes WalletStore::seal(BytesView value, std::string_view context) const {
  return crypto::seal(key_, value, context);
}

Result<Bytes> WalletStore::unseal(BytesView value, std::string_view context) const {
  TRY(const auto opened, crypto::open_sealed(key_, value, context));
  return to_bytes(opened.reveal(crypto::SecretAccess()));
}

Result<EnrolmentRecord> WalletStore::read_enrolment(const storage::Row& row) const {
  constexpr std::array kStates{EnrolmentState::kLinked, EnrolmentState::kFetched, EnrolmentState::kImported,
                               EnrolmentState::kActive};
  EnrolmentRecord record;
  record.id = row.text(0);
  record.authority = row.text(1);
  std::copy_n(row.blob(2).begin(), record.root.size(), record.root.begin());
  TRY(const auto token, unseal(row.blob(3), "token " + record.id));
  record.token = to_text(token);
  TRY(record.state, state_of(row.text(4), kStates));
  record.created = from_unix_seconds(row.integer(5));
  if (!row.blob(6).empty()) {
    TRY(record.consent, unseal(row.blob(6), "consent " + record.id));
  }
  if (!row.blob(7).empty()) {
    TRY(const auto key, secrets_.load(key_of(record.id)));
    TRY(const auto opened, crypto::open_sealed(key, row.blob(7), "key file " + record.id));
    record.key_file = to_bytes(opened.reveal(crypto::SecretAccess()));
  }
  record.signing_key = row.text(8);
  record.agreement_key = row.text(9);
  if (!row.blob(10).empty()) {
    TRY(const auto code, unseal(row.blob(10), "suspension code " + record.id));
    record.suspension_code = to_text(code);
  }
  return record;
}

Result<PurchaseRecord> WalletStore::read_purchase(const storage::Row& row) const {
  constexpr std::array kStates{PurchaseState::kShown, PurchaseState::kSigned, PurchaseState::kConfirmed,
                               PurchaseState::kRefused, PurchaseState::kCancelled};
  PurchaseRecord record;
  record.id = row.text(0);
  record.gateway = row.text(1);
  record.checkout = row.text(2);
  TRY(const auto token, unseal(row.blob(3), "token " + record.id));
  record.token = to_text(token);
  TRY(record.state, state_of(row.text(4), kStates));
  record.created = from_unix_seconds(row.integer(5));
  TRY(record.order, unseal(row.blob(6), "order " + record.id));
  record.merchant = row.blob(7);
  record.signing_key = row.text(8);
  const std::array<std::pair<std::size_t, Bytes*>, 3> documents{
      std::pair{std::size_t{9}, &record.signed_order},
      {std::size_t{10}, &record.confirmation},
      {std::size_t{11}, &record.refusal}};
  for (const auto& [column, document] : documents) {
    if (row.blob(column).empty()) continue;
    TRY(*document, unseal(row.blob(column), "document " + record.id));
  }
  return record;
}

Result<void> WalletStore::add_enrolment(const EnrolmentRecord& record) {
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "INSERT INTO enrolment (id, authority, root, token, state, created, consent, key_file, signing_key, "
        "agreement_key, suspension_code) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, '', '', $7)",
        {record.id, record.authority, to_bytes(record.root),
         seal(as_bytes(record.token), "token " + record.id), std::string(state_name(record.state)),
         unix_seconds(record.created), Bytes{}}));
    return ok();
  });
}

Result<std::optional<EnrolmentRecord>> WalletStore::find_enrolment(const std::string& id) {
  std::optional<EnrolmentRecord> found;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row, reader.query_one(std::string(kEnrolmentColumns) + "WHERE id = $1", {id}));
    if (row) {
      TRY(found, read_enrolment(*row));
    }
    return ok();
  }));
  return found;
}

Result<std::vector<EnrolmentRecord>> WalletStore::enrolments() {
  std::vector<EnrolmentRecord> records;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    const auto sql = std::string(kEnrolmentColumns) + "ORDER BY created DESC, id DESC LIMIT 200";
    TRY(const auto rows, reader.query(sql, {}));
    for (const auto& row : rows) {
      TRY(auto record, read_enrolment(row));
      records.push_back(std::move(record));
    }
    return ok();
  }));
  return records;
}

Result<void> WalletStore::keep_fetched(const std::string& id, BytesView consent, BytesView key_file) {
  TRY(const auto key, secrets_.load_or_create(key_of(id), crypto::kSealKeySize));
  const Bytes sealed_file = key_file.empty() ? Bytes{} : crypto::seal(key, key_file, "key file " + id);
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "UPDATE enrolment SET state = 'fetched', consent = $2, key_file = $3 WHERE id = $1",
        {id, seal(consent, "consent " + id), sealed_file}));
    return ok();
  });
}

Result<void> WalletStore::keep_imported(const EnrolmentRecord& record, const x509::Certificate& root,
                                        const std::vector<x509::Certificate>& authorities) {
  TRY(database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(
        transaction.execute("UPDATE enrolment SET state = 'imported', key_file = $2, signing_key = $3, "
                            "agreement_key = $4 WHERE id = $1",
                            {record.id, Bytes{}, record.signing_key, record.agreement_key}));
    const Bytes root_fingerprint = to_bytes(root.fingerprint());
    std::vector<x509::Certificate> trusted = authorities;
    trusted.push_back(root);
    for (const auto& certificate : trusted) {
      TRY(
          transaction.execute("INSERT INTO trusted (fingerprint, root, certificate) VALUES ($1, $2, $3) "
                              "ON CONFLICT (fingerprint) DO NOTHING",
                              {to_bytes(certificate.fingerprint()), root_fingerprint, certificate.der()}));
    }
    return ok();
  }));
  return secrets_.destroy(key_of(record.id));
}

Result<void> WalletStore::keep_active(const std::string& id, const std::string& suspension_code) {
  TRY(secrets_.destroy(key_of(id)));  // again, should a crash have come between import and forgetting
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("UPDATE enrolment SET state = 'active', suspension_code = $2 WHERE id = $1",
                            {id, seal(as_bytes(suspension_code), "suspension code " + id)}));
    return ok();
  });
}

Result<void> WalletStore::keep_renewed(const std::string& id, const std::string& signing_key,
                                       const std::string& agreement_key) {
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("UPDATE enrolment SET signing_key = $2, agreement_key = $3 WHERE id = $1",
                            {id, signing_key, agreement_key}));
    return ok();
  });
}

Result<std::shared_ptr<const x509::TrustAnchor>> WalletStore::trust_anchor(const Sha256Digest& root,
                                                                           TimePoint now) {
  std::optional<x509::Certificate> trusted_root;
  std::vector<x509::Certificate> authorities;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows, reader.query("SELECT certificate FROM trusted WHERE root = $1", {to_bytes(root)}));
    for (const auto& row : rows) {
      TRY(auto certificate, x509::Certificate::from_der(row.blob(0)));
      if (certificate.fingerprint() == root) {
        trusted_root = std::move(certificate);
      } else if (certificate.not_after() > now) {
        authorities.push_back(std::move(certificate));
      }
    }
    return ok();
  }));
  if (!trusted_root) return fail(ErrorCode::kNotFound, "no network is trusted yet");
  TRY(auto anchor, x509::TrustAnchor::create(*trusted_root, std::move(authorities), now));
  return std::make_shared<const x509::TrustAnchor>(std::move(anchor));
}

Result<void> WalletStore::add_purchase(const PurchaseRecord& record) {
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "INSERT INTO purchase (id, gateway, checkout, token, state, created, order_bytes, merchant, "
        "signing_key, "
        "signed_order, confirmation, refusal) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $10) "
        "ON CONFLICT (id) DO NOTHING",
        {record.id, record.gateway, record.checkout, seal(as_bytes(record.token), "token " + record.id),
         std::string(state_name(record.state)), unix_seconds(record.created),
         seal(record.order, "order " + record.id), record.merchant, record.signing_key, Bytes{}}));
    return ok();
  });
}

Result<std::optional<PurchaseRecord>> WalletStore::find_purchase(const std::string& id) {
  std::optional<PurchaseRecord> found;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row, reader.query_one(std::string(kPurchaseColumns) + "WHERE id = $1", {id}));
    if (row) {
      TRY(found, read_purchase(*row));
    }
    return ok();
  }));
  return found;
}

Result<std::vector<PurchaseRecord>> WalletStore::purchases() {
  std::vector<PurchaseRecord> records;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    const auto sql = std::string(kPurchaseColumns) + "ORDER BY created DESC, id DESC LIMIT 200";
    TRY(const auto rows, reader.query(sql, {}));
    for (const auto& row : rows) {
      TRY(auto record, read_purchase(row));
      records.push_back(std::move(record));
    }
    return ok();
  }));
  return records;
}

Result<void> WalletStore::change_purchase(std::string_view sql, storage::Values parameters) {
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto changed, transaction.execute(sql, parameters));
    if (changed != 1) return fail(ErrorCode::kConflict, "the purchase is not in a state for this");
    return ok();
  });
}

Result<void> WalletStore::keep_signed(const std::string& id, BytesView signed_order) {
  return change_purchase(
      "UPDATE purchase SET state = 'signed', signed_order = $2 WHERE id = $1 AND state = 'shown'",
      {id, seal(signed_order, "document " + id)});
}

Result<void> WalletStore::keep_confirmed(const std::string& id, BytesView confirmation) {
  return change_purchase(
      "UPDATE purchase SET state = 'confirmed', confirmation = $2 WHERE id = $1 AND state IN ('signed', "
      "'refused')",
      {id, seal(confirmation, "document " + id)});
}

Result<void> WalletStore::keep_refused(const std::string& id, BytesView refusal) {
  return change_purchase(
      "UPDATE purchase SET state = 'refused', refusal = $2 WHERE id = $1 AND state = 'signed'",
      {id, seal(refusal, "document " + id)});
}

Result<void> WalletStore::keep_cancelled(const std::string& id) {
  return change_purchase("UPDATE purchase SET state = 'cancelled' WHERE id = $1 AND state = 'shown'", {id});
}

Result<void> WalletStore::add_attempt(const std::string& purchase, const AttemptRecord& attempt) {
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "INSERT INTO attempt (purchase, number, source, at, outcome, detail) "
        "SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5 FROM attempt WHERE purchase = $1",
        {purchase, std::string(attempt.source == AttemptSource::kGateway ? "gateway" : "authority"),
         unix_seconds(attempt.at), attempt.outcome, attempt.detail}));
    return ok();
  });
}

Result<std::vector<AttemptRecord>> WalletStore::attempts(const std::string& purchase) {
  std::vector<AttemptRecord> records;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows, reader.query("SELECT source, at, outcome, detail FROM attempt WHERE purchase = $1 "
                                      "ORDER BY number LIMIT 200",
                                      {purchase}));
    for (const auto& row : rows) {
      records.push_back({row.text(0) == "gateway" ? AttemptSource::kGateway : AttemptSource::kAuthority,
                         from_unix_seconds(row.integer(1)), row.text(2), row.text(3)});
    }
    return ok();
  }));
  return records;
}

Result<std::string> WalletStore::setting(const std::string& name, std::string fallback) {
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row, reader.query_one("SELECT value FROM setting WHERE name = $1", {name}));
    if (row) fallback = row->text(0);
    return ok();
  }));
  return fallback;
}

Result<void> WalletStore::keep_setting(const std::string& name, const std::string& value) {
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
        {name, value}));
    return ok();
  });
}

}  // namespace countersign::wallet
