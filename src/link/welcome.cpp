// SPDX-License-Identifier: Apache-2.0
#include "link/welcome.h"

#include <algorithm>

#include "link/greeting.h"

namespace countersign::link {

Result<std::shared_ptr<Connection>> Doorkeeper::welcome(Stream stream, std::string_view transport,
                                                        const std::stop_token& stop) {
  const Deadline deadline = after(options_.greeting_limit);
  TRY(auto tls, TlsStream::accept(
                    std::move(stream.socket), store_.identity(),
                    [this](const Sha256Digest& peer) { return judge(peer); }, deadline, stop));
  auto pairing = admit(*tls, stream.address, deadline, stop);
  if (!pairing) {
    refuse(*tls, pairing.error().code);
    return fail(pairing.error());
  }
  return Connection::start(std::move(tls), std::move(pairing).value(), std::string(transport),
                           options_.connection);
}

// Known are the keys of pairings, and those that open offers name.
Result<void> Doorkeeper::judge(const Sha256Digest& peer) {
  TRY(const auto pairings, store_.pairings());
  if (std::ranges::find(pairings, peer, &Pairing::peer) != pairings.end()) return ok();
  TRY(const auto offers, store_.offers(clock_.now()));
  if (std::ranges::find(offers, peer, &OpenOffer::key) != offers.end()) return ok();
  TRY(const bool revoked, store_.was_revoked(peer));
  if (revoked) return fail(ErrorCode::kCertificateRevoked, "link: the pairing was revoked");
  return fail(ErrorCode::kCertificateUnknown, "link: a key that is not known here");
}

Result<Pairing> Doorkeeper::admit(TlsStream& tls, const std::string& address, Deadline deadline,
                                  const std::stop_token& stop) {
  TRY(const Bytes message, receive_control(tls, deadline, stop));
  TRY(auto hello, read_hello(message));
  TRY(const auto keys, store_.keys(hello.pairing));
  const Session session = session_of(tls, ProofBy::kWallet);
  if (!crypto::equal_constant_time(hello.proof, prove(keys.proof, ProofBy::kMediator, session)))
    return fail(ErrorCode::kUnauthenticated, "link: the computer does not hold the pairing's secret");
  TRY(auto pairing, pairing_for(hello.pairing, std::move(hello.name), tls.peer()));
  TRY(store_.note_contact(pairing.id, address, clock_.now()));
  pairing.last_address = address;
  const Welcome welcome{options_.own_name, prove(keys.proof, ProofBy::kWallet, session)};
  TRY(send_control(tls, write_welcome(welcome), deadline, stop));
  return pairing;
}

// One computer's key does not open another's pairing or offer.
Result<Pairing> Doorkeeper::pairing_for(const std::string& id, std::string name, const Sha256Digest& peer) {
  TRY(auto known, store_.find(id));
  if (known) {
    if (known->peer != peer) return fail(ErrorCode::kForbidden, "link: another computer's pairing");
    return std::move(*known);
  }
  TRY(const auto offers, store_.offers(clock_.now()));
  const auto offer = std::ranges::find(offers, id, &OpenOffer::id);
  if (offer == offers.end()) return fail(ErrorCode::kGone, "link: the offer is over");
  if (offer->key != peer) return fail(ErrorCode::kForbidden, "link: another computer's offer");
  return store_.complete_offer(id, std::move(name), peer, clock_.now());
}

}  // namespace countersign::link
