// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <stop_token>

#include "link/listener.h"

namespace countersign::link {

// Doorkeeper decides who may come in on the wallet's side: TLS with a known key, then the proof of the
// pairing named in the hello. A first visit spends the offer. Thread-safe.
class Doorkeeper {
 public:
  // What is given outlives it.
  Doorkeeper(PairingStore& store, const Clock& clock, const ListenerOptions& options)
      : store_(store), clock_(clock), options_(options) {}

  // kCertificateUnknown and kCertificateRevoked for strangers, kUnauthenticated for a wrong proof, kGone for
  // a spent offer, kUnavailable after greeting_limit; and what tls_stream.h names.
  Result<std::shared_ptr<Connection>> welcome(Stream stream, std::string_view transport,
                                              const std::stop_token& stop);

 private:
  Result<void> judge(const Sha256Digest& peer);
  Result<Pairing> admit(TlsStream& tls, const std::string& address, Deadline deadline,
                        const std::stop_token& stop);
  Result<Pairing> pairing_for(const std::string& id, std::string name, const Sha256Digest& peer);

  PairingStore& store_;
  const Clock& clock_;
  const ListenerOptions& options_;
};

}  // namespace countersign::link
