// SPDX-License-Identifier: Apache-2.0
#include "link/pairing_store.h"

#include <algorithm>
#include <array>

#include "crypto/random.h"

namespace countersign::link {
namespace {

using storage::Reader;
using storage::Row;
using storage::Transaction;

constexpr std::array<storage::Migration, 1> kMigrations{{
    {1,
     "CREATE TABLE link_identity (one BIGINT PRIMARY KEY, private_key BLOB NOT NULL);"
     "CREATE TABLE link_offers (id TEXT PRIMARY KEY, name TEXT NOT NULL, pc_key BLOB NOT NULL, proof BLOB "
     "NOT NULL, "
     "discovery BLOB NOT NULL, expires BIGINT NOT NULL);"
     "CREATE TABLE link_pairings (id TEXT PRIMARY KEY, name TEXT NOT NULL, peer BLOB NOT NULL, proof BLOB "
     "NOT NULL, "
     "discovery BLOB NOT NULL, created BIGINT NOT NULL, last_used BIGINT NOT NULL, last_address TEXT NOT "
     "NULL);"
     "CREATE TABLE link_revocations (id TEXT PRIMARY KEY, peer BLOB NOT NULL, revoked BIGINT NOT NULL)"},
}};

constexpr std::size_t kMaxAddress = 200;
constexpr std::string_view kPairingColumns = "id, name, peer, created, last_used, last_address";

Result<crypto::PrivateKey> load_or_create_key(storage::Database& database) {
  std::optional<crypto::PrivateKey> key;
  TRY(database.write([&](Transaction& transaction) -> Result<void> {
    TRY(const auto row, transaction.query_one("SELECT private_key FROM link_identity WHERE one = 1", {}));
    if (row) {
      TRY(key, crypto::PrivateKey::from_pkcs8(crypto::SecretBytes::copy_of(row->blob(0))));
      return ok();
    }
    key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    TRY(const auto pkcs8, key->to_pkcs8());
    TRY(transaction.execute("INSERT INTO link_identity (one, private_key) VALUES (1, $1)",
                            {to_bytes(pkcs8.reveal(crypto::SecretAccess()))}));
    return ok();
  }));
  return *key;
}

Sha256Digest digest_of(const Bytes& bytes) {
  Sha256Digest digest{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
  return digest;
}

Bytes blob_of(const crypto::SecretBytes& secret) {
  return to_bytes(secret.reveal(crypto::SecretAccess()));
}

Pairing pairing_of(const Row& row) {
  return {row.text(0),
          row.text(1),
          digest_of(row.blob(2)),
          from_unix_seconds(row.integer(3)),
          from_unix_seconds(row.integer(4)),
          row.text(5)};
}

PairingKeys keys_of(const Row& row) {
  return {row.text(0), crypto::SecretBytes::copy_of(row.blob(1)), crypto::SecretBytes::copy_of(row.blob(2))};
}

Result<void> check_room(Reader& reader) {
  TRY(const auto offers, reader.query_one("SELECT COUNT(*) FROM link_offers", {}));
  TRY(const auto pairings, reader.query_one("SELECT COUNT(*) FROM link_pairings", {}));
  if (offers->integer(0) >= static_cast<std::int64_t>(PairingStore::kMaxOffers))
    return fail(ErrorCode::kTooLarge, "pairing: too many open offers");
  if (pairings->integer(0) >= static_cast<std::int64_t>(PairingStore::kMaxPairings))
    return fail(ErrorCode::kTooLarge, "pairing: too many pairings");
  return ok();
}

Result<bool> is_there(Reader& reader, std::string_view sql, const storage::Value& value) {
  TRY(const auto row, reader.query_one(sql, {value}));
  return row.has_value();
}

Result<void> forget_expired(Transaction& transaction, TimePoint now) {
  TRY(transaction.execute("DELETE FROM link_offers WHERE expires <= $1", {unix_seconds(now)}));
  return ok();
}

Result<void> insert_offer(Transaction& transaction, const PairingKeys& keys, const PairingOffer& offer,
                          TimePoint expires) {
  TRY(check_room(transaction));
  TRY(transaction.execute(
      "INSERT INTO link_offers (id, name, pc_key, proof, discovery, expires) VALUES ($1, $2, $3, $4, $5, $6)",
      {keys.id, offer.name, to_bytes(offer.key), blob_of(keys.proof), blob_of(keys.discovery),
       unix_seconds(expires)}));
  return ok();
}

Result<std::optional<Pairing>> find_pairing(Reader& reader, const std::string& id) {
  TRY(const auto row,
      reader.query_one("SELECT " + std::string(kPairingColumns) + " FROM link_pairings WHERE id = $1", {id}));
  if (!row) return std::optional<Pairing>();
  return std::optional<Pairing>(pairing_of(*row));
}

// Keeps the keys of the offer, but not its secret, and makes it a pairing.
Result<void> turn_into_pairing(Transaction& transaction, const std::string& id, const Pairing& pairing) {
  TRY(transaction.execute(
      "INSERT INTO link_pairings (id, name, peer, proof, discovery, created, last_used, last_address) "
      "SELECT id, $2, $3, proof, discovery, $4, $4, '' FROM link_offers WHERE id = $1",
      {id, pairing.name, to_bytes(pairing.peer), unix_seconds(pairing.created)}));
  TRY(transaction.execute("DELETE FROM link_offers WHERE id = $1", {id}));
  return ok();
}

}  // namespace

Result<std::unique_ptr<PairingStore>> PairingStore::open(storage::Database& database, TimePoint now) {
  TRY(database.migrate("link", kMigrations));
  TRY(auto key, load_or_create_key(database));
  TRY(auto identity, Identity::of_key(std::move(key), now));
  return std::unique_ptr<PairingStore>(new PairingStore(database, std::move(identity)));
}

Result<PairingOffer> PairingStore::create_offer(std::string name, TimePoint now, Seconds lifetime) {
  TRY(check_device_name(name));
  PairingOffer offer{identity_.digest(), crypto::random_secret(kOfferSecretSize), std::move(name)};
  const auto keys = derive_pairing_keys(offer.secret);
  TRY(database_.write([&](Transaction& transaction) -> Result<void> {
    TRY(forget_expired(transaction, now));
    return insert_offer(transaction, keys, offer, now + lifetime);
  }));
  return offer;
}

Result<std::string> PairingStore::accept_offer(const PairingOffer& offer, TimePoint now, Seconds lifetime) {
  TRY(check_device_name(offer.name));
  if (offer.key == identity_.digest()) return fail(ErrorCode::kConflict, "pairing: this device's own offer");
  const auto keys = derive_pairing_keys(offer.secret);
  TRY(database_.write([&](Transaction& transaction) -> Result<void> {
    TRY(forget_expired(transaction, now));
    TRY(const bool paired, is_there(transaction, "SELECT 1 FROM link_pairings WHERE id = $1", keys.id));
    TRY(const bool revoked, is_there(transaction, "SELECT 1 FROM link_revocations WHERE id = $1", keys.id));
    if (paired || revoked) return fail(ErrorCode::kGone, "pairing: this offer is used up");
    TRY(const bool open, is_there(transaction, "SELECT 1 FROM link_offers WHERE id = $1", keys.id));
    if (open) return ok();
    return insert_offer(transaction, keys, offer, now + lifetime);
  }));
  return keys.id;
}

Result<std::vector<OpenOffer>> PairingStore::offers(TimePoint now) {
  std::vector<OpenOffer> offers;
  TRY(database_.read([&](Reader& reader) -> Result<void> {
    TRY(const auto rows, reader.query("SELECT id, name, pc_key, expires FROM link_offers WHERE expires > $1 "
                                      "ORDER BY expires",
                                      {unix_seconds(now)}));
    for (const auto& row : rows)
      offers.push_back({row.text(0), row.text(1), digest_of(row.blob(2)), from_unix_seconds(row.integer(3))});
    return ok();
  }));
  return offers;
}

Result<void> PairingStore::withdraw_offer(const std::string& id) {
  return database_.write([&](Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("DELETE FROM link_offers WHERE id = $1", {id}));
    return ok();
  });
}

Result<Pairing> PairingStore::complete_offer(const std::string& id, std::string peer_name,
                                             const Sha256Digest& peer, TimePoint now) {
  TRY(check_device_name(peer_name));
  const TimePoint time = whole_seconds(now);
  Pairing pairing{id, std::move(peer_name), peer, time, time, {}};
  TRY(database_.write([&](Transaction& transaction) -> Result<void> {
    TRY(const auto known, find_pairing(transaction, id));
    if (known) {
      if (known->peer != peer) return fail(ErrorCode::kConflict, "pairing: spent with another device");
      pairing = *known;
      return ok();
    }
    TRY(const auto offer, transaction.query_one("SELECT expires FROM link_offers WHERE id = $1", {id}));
    if (!offer) return fail(ErrorCode::kGone, "pairing: no such offer");
    if (offer->integer(0) <= unix_seconds(now))
      return fail(ErrorCode::kExpired, "pairing: the offer is over");
    return turn_into_pairing(transaction, id, pairing);
  }));
  return pairing;
}

Result<std::vector<Pairing>> PairingStore::pairings() {
  std::vector<Pairing> pairings;
  TRY(database_.read([&](Reader& reader) -> Result<void> {
    TRY(const auto rows, reader.query("SELECT " + std::string(kPairingColumns) +
                                          " FROM link_pairings ORDER BY last_used DESC, created DESC, id",
                                      {}));
    for (const auto& row : rows) pairings.push_back(pairing_of(row));
    return ok();
  }));
  return pairings;
}

Result<std::optional<Pairing>> PairingStore::find(const std::string& id) {
  std::optional<Pairing> found;
  TRY(database_.read([&](Reader& reader) -> Result<void> {
    TRY(found, find_pairing(reader, id));
    return ok();
  }));
  return found;
}

Result<PairingKeys> PairingStore::keys(const std::string& id) {
  std::optional<PairingKeys> keys;
  TRY(database_.read([&](Reader& reader) -> Result<void> {
    TRY(const auto row,
        reader.query_one("SELECT id, proof, discovery FROM link_pairings WHERE id = $1 UNION ALL "
                         "SELECT id, proof, discovery FROM link_offers WHERE id = $1",
                         {id}));
    if (!row) return fail(ErrorCode::kNotFound, "pairing: " + id);
    keys = keys_of(*row);
    return ok();
  }));
  return std::move(*keys);
}

Result<std::vector<PairingKeys>> PairingStore::all_keys(TimePoint now) {
  std::vector<PairingKeys> all;
  TRY(database_.read([&](Reader& reader) -> Result<void> {
    TRY(const auto rows, reader.query("SELECT id, proof, discovery FROM link_pairings UNION ALL "
                                      "SELECT id, proof, discovery FROM link_offers WHERE expires > $1",
                                      {unix_seconds(now)}));
    for (const auto& row : rows) all.push_back(keys_of(row));
    return ok();
  }));
  return all;
}

Result<void> PairingStore::revoke(const std::string& id, TimePoint now) {
  return database_.write([&](Transaction& transaction) -> Result<void> {
    TRY(const auto known, find_pairing(transaction, id));
    if (!known) return fail(ErrorCode::kNotFound, "pairing: " + id);
    TRY(transaction.execute("INSERT INTO link_revocations (id, peer, revoked) VALUES ($1, $2, $3)",
                            {id, to_bytes(known->peer), unix_seconds(now)}));
    TRY(transaction.execute("DELETE FROM link_pairings WHERE id = $1", {id}));
    return ok();
  });
}

Result<bool> PairingStore::was_revoked(const Sha256Digest& peer) {
  bool revoked = false;
  TRY(database_.read([&](Reader& reader) -> Result<void> {
    TRY(const bool then, is_there(reader, "SELECT 1 FROM link_revocations WHERE peer = $1", to_bytes(peer)));
    TRY(const bool paired, is_there(reader, "SELECT 1 FROM link_pairings WHERE peer = $1", to_bytes(peer)));
    revoked = then && !paired;
    return ok();
  }));
  return revoked;
}

Result<void> PairingStore::note_contact(const std::string& id, std::string_view address, TimePoint now) {
  return database_.write([&](Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("UPDATE link_pairings SET last_used = $2, last_address = $3 WHERE id = $1",
                            {id, unix_seconds(now), std::string(address.substr(0, kMaxAddress))}));
    return ok();
  });
}

}  // namespace countersign::link
