// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "link/identity.h"
#include "link/pairing.h"
#include "storage/database.h"

namespace countersign::link {

// PairingStore is a device's memory of its own identity, of open offers and of pairings: the same on both
// sides. Whatever a function returned survives a crash. Thread-safe; several processes may share the
// database, and see each other's changes at once. The database holds the device's link key and must be
// readable to its owner only.
class PairingStore {
 public:
  static constexpr std::size_t kMaxPairings = 64;
  static constexpr std::size_t kMaxOffers = 8;
  static constexpr Seconds kOfferLifetime = std::chrono::minutes(10);

  // `database` outlives the store.
  static Result<std::unique_ptr<PairingStore>> open(storage::Database& database, TimePoint now);

  const Identity& identity() const { return identity_; }

  // On the PC: makes an offer of this device under `name` and remembers it. kTooLarge beyond kMaxOffers or
  // kMaxPairings, kMalformed for a name that is empty, too long or not plain.
  Result<PairingOffer> create_offer(std::string name, TimePoint now, Seconds lifetime = kOfferLifetime);
  // On the wallet: remembers an offer that was read; it answers discovery from now on. Returns its id. The
  // same offer again is the same. kGone for an offer that is spent or was revoked; kTooLarge as above.
  Result<std::string> accept_offer(const PairingOffer& offer, TimePoint now,
                                   Seconds lifetime = kOfferLifetime);
  // Offers that have not expired.
  Result<std::vector<OpenOffer>> offers(TimePoint now);
  Result<void> withdraw_offer(const std::string& id);  // also when there is none

  // Spends an offer: from now on it is a pairing with that peer. Done already with the same peer: the
  // pairing. kGone when there is no such offer (any more), kExpired, kConflict for another peer.
  Result<Pairing> complete_offer(const std::string& id, std::string peer_name, const Sha256Digest& peer,
                                 TimePoint now);

  // Most recently used first.
  Result<std::vector<Pairing>> pairings();
  Result<std::optional<Pairing>> find(const std::string& id);
  // Keys of a pairing or of an open offer; kNotFound. With an unchecked expiry.
  Result<PairingKeys> keys(const std::string& id);
  // Keys of all pairings and open offers.
  Result<std::vector<PairingKeys>> all_keys(TimePoint now);
  // Forgets the pairing and its keys for good; its offer cannot be read again. kNotFound.
  Result<void> revoke(const std::string& id, TimePoint now);
  // Whether a pairing with this peer was revoked and none is there now.
  Result<bool> was_revoked(const Sha256Digest& peer);
  // Remembers where the other was reached.
  Result<void> note_contact(const std::string& id, std::string_view address, TimePoint now);

 private:
  PairingStore(storage::Database& database, Identity identity)
      : database_(database), identity_(std::move(identity)) {}
  storage::Database& database_;
  const Identity identity_;
};

}  // namespace countersign::link
