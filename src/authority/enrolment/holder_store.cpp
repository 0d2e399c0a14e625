// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/holder_store.h"

#include <array>

#include "crypto/digest.h"
#include "crypto/random.h"
#include "crypto/seal.h"

namespace countersign::authority {

namespace {

constexpr std::array kMigrations = {storage::Migration{1, R"sql(
CREATE TABLE holder (
  uid TEXT NOT NULL PRIMARY KEY,
  subject TEXT NOT NULL UNIQUE,
  locale TEXT NOT NULL,
  email_digest BLOB NOT NULL,
  address BLOB NOT NULL,
  created BIGINT NOT NULL,
  erased BIGINT NOT NULL,
  key_destroyed BIGINT NOT NULL
);
CREATE INDEX holder_by_email ON holder (email_digest, created) WHERE erased = 0;
CREATE INDEX holder_key_left ON holder (uid) WHERE erased = 1 AND key_destroyed = 0;
)sql"}};

constexpr std::string_view kSelect =
    "SELECT uid, subject, locale, email_digest, address, erased FROM holder ";
constexpr std::string_view kAddress = "address";

std::string key_name(std::string_view uid) {
  return "holder-" + std::string(uid);
}
std::string context_of(std::string_view uid, std::string_view purpose) {
  return "holder " + std::string(uid) + " " + std::string(purpose);
}

Result<Holder> holder_of(const storage::Row& row) {
  TRY(auto subject, x509::Name::from_text(row.text(1)));
  return Holder{row.text(0), std::move(subject), row.text(2), row.blob(3), row.blob(4), row.integer(5) != 0};
}

Result<std::vector<Holder>> holders_of(const std::vector<storage::Row>& rows) {
  std::vector<Holder> holders;
  for (const auto& row : rows) {
    TRY(auto holder, holder_of(row));
    holders.push_back(std::move(holder));
  }
  return holders;
}

}  // namespace

Result<HolderStore> HolderStore::open(const AuthorityContext& context, storage::SecretFolder keys) {
  TRY(context.database.migrate("holders", kMigrations));
  return HolderStore(context, std::move(keys));
}

Result<Holder> HolderStore::make(std::string_view address, std::string_view locale) const {
  // 128 random bits: says nothing about the person, and is never given twice.
  auto uid = hex_encode(crypto::random_bytes(16));
  TRY(const auto group, context_->keys.data_centre.child("OU", "purchasers"));
  TRY(auto subject, group.child("UID", uid));
  TRY(keys_.create(key_name(uid), crypto::kSealKeySize));
  TRY(auto sealed, seal_for(uid, as_bytes(address), kAddress));
  return Holder{std::move(uid), std::move(subject), std::string(locale),
                to_bytes(context_->directory.email_digest(address)), std::move(sealed)};
}

Result<void> HolderStore::add(storage::Transaction& transaction, const Holder& holder) const {
  TRY(
      transaction.execute("INSERT INTO holder (uid, subject, locale, email_digest, address, created, erased, "
                          "key_destroyed) VALUES ($1, $2, $3, $4, $5, $6, 0, 0)",
                          {holder.uid, holder.subject.text(), holder.locale, holder.email_digest,
                           holder.sealed_address, unix_seconds(context_->clock.now())}));
  return ok();
}

Result<Holder> HolderStore::find(storage::Reader& reader, std::string_view uid) const {
  TRY(const auto row, reader.query_one(std::string(kSelect) + "WHERE uid = $1", {std::string(uid)}));
  if (!row) return fail(ErrorCode::kNotFound, "holder: no such pseudonym");
  return holder_of(*row);
}

Result<std::optional<Holder>> HolderStore::find_by_subject(storage::Reader& reader,
                                                           const x509::Name& subject) const {
  TRY(const auto row, reader.query_one(std::string(kSelect) + "WHERE subject = $1", {subject.text()}));
  if (!row) return std::optional<Holder>{};
  TRY(auto holder, holder_of(*row));
  return std::optional<Holder>{std::move(holder)};
}

Result<std::vector<Holder>> HolderStore::find_by_address(storage::Reader& reader,
                                                         std::string_view address) const {
  TRY(const auto rows,
      reader.query(
          std::string(kSelect) + "WHERE erased = 0 AND email_digest = $1 ORDER BY created DESC LIMIT 500",
          {to_bytes(context_->directory.email_digest(address))}));
  return holders_of(rows);
}

Result<std::string> HolderStore::address_of(const Holder& holder) const {
  if (holder.erased) return fail(ErrorCode::kGone, "holder: erased");
  TRY(const auto address, open_for(holder.uid, holder.sealed_address, kAddress));
  return to_text(address.reveal(crypto::SecretAccess{}));
}

Result<void> HolderStore::change_address(storage::Transaction& transaction, const Holder& holder,
                                         std::string_view address) const {
  TRY(auto sealed, seal_for(holder.uid, as_bytes(address), kAddress));
  TRY(transaction.execute(
      "UPDATE holder SET address = $1, email_digest = $2 WHERE uid = $3 AND erased = 0",
      {std::move(sealed), to_bytes(context_->directory.email_digest(address)), holder.uid}));
  return context_->directory.change_email(transaction, holder.subject, address);
}

Result<void> HolderStore::erase(storage::Transaction& transaction, const Holder& holder) const {
  TRY(transaction.execute("UPDATE holder SET address = $1, email_digest = $1, erased = 1 WHERE uid = $2",
                          {Bytes{}, holder.uid}));
  return context_->directory.change_email(transaction, holder.subject, "");
}

Result<void> HolderStore::destroy_key(const Holder& holder) const {
  return keys_.destroy(key_name(holder.uid));
}

Result<std::vector<Holder>> HolderStore::erased_with_key(storage::Reader& reader, int limit) const {
  TRY(const auto rows,
      reader.query(std::string(kSelect) + "WHERE erased = 1 AND key_destroyed = 0 ORDER BY uid LIMIT " +
                       std::to_string(limit),
                   {}));
  return holders_of(rows);
}

Result<void> HolderStore::mark_key_destroyed(storage::Transaction& transaction, const Holder& holder) const {
  TRY(transaction.execute("UPDATE holder SET key_destroyed = 1 WHERE uid = $1", {holder.uid}));
  return ok();
}

Result<Bytes> HolderStore::seal_for(std::string_view uid, BytesView plaintext,
                                    std::string_view purpose) const {
  TRY(const auto key, keys_.load(key_name(uid)));
  return crypto::seal(key, plaintext, context_of(uid, purpose));
}

Result<crypto::SecretBytes> HolderStore::open_for(std::string_view uid, BytesView sealed,
                                                  std::string_view purpose) const {
  TRY(const auto key, keys_.load(key_name(uid)));
  return crypto::open_sealed(key, sealed, context_of(uid, purpose));
}

Result<crypto::SecretBytes> HolderStore::derive_for(std::string_view uid, std::string_view purpose) const {
  TRY(const auto key, keys_.load(key_name(uid)));
  return crypto::derive_key(key, purpose, 32);
}

}  // namespace countersign::authority
