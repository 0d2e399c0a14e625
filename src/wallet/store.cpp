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
)sql"},
                                 storage::Migration{2, R"sql(
CREATE TABLE split_payment (
  purchase TEXT NOT NULL REFERENCES purchase (id),
  number BIGINT NOT NULL,
  instruction BLOB NOT NULL,
  signer BLOB NOT NULL,
  envelope BLOB NOT NULL,
  means BLOB NOT NULL,
  state TEXT NOT NULL,
  review BLOB NOT NULL,
  PRIMARY KEY (purchase, number)
);
)sql"},
                                 storage::Migration{3, R"sql(
ALTER TABLE purchase ADD COLUMN receipt BLOB NOT NULL DEFAULT X'';
)sql"}};

}  // namespace

Result<std::unique_ptr<WalletStore>> WalletStore::open(const std::filesystem::path& folder) {
  TRY(storage::make_private_folder(folder));
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
