// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "link/frame.h"
#include "link/pairing.h"
#include "link/tls_stream.h"

// What mediator and wallet say to each other between the TLS handshake and the first message of a purchase:
// each proves that it holds the pairing's secret, in this very TLS session, with both very keys.
namespace countersign::link {

enum class ProofBy { kMediator, kWallet };

// Session is what a proof is bound to: an exporter of the TLS session and the digests of both keys.
struct Session {
  crypto::SecretBytes exporter;
  Sha256Digest mediator{};
  Sha256Digest wallet{};
};
Session session_of(const TlsStream& stream, ProofBy self);

// prove makes HMAC-SHA-256 under the pairing's proof key over the direction and the session: a proof of
// another session, direction or key is another.
Sha256Digest prove(const crypto::SecretBytes& proof_key, ProofBy side, const Session& session);

// Mediator → wallet, first: JSON {type: "hello", version: 1, pairing, name, proof}.
struct Hello {
  std::string pairing;
  std::string name;
  Sha256Digest proof{};
};
// Wallet → mediator: JSON {type: "welcome", version: 1, name, proof}.
struct Welcome {
  std::string name;
  Sha256Digest proof{};
};
Result<Hello> read_hello(BytesView json);
Result<Welcome> read_welcome(BytesView json);
Bytes write_hello(const Hello& hello);
Bytes write_welcome(const Welcome& welcome);

// send_control writes one control frame, receive_control reads one and nothing beyond it. A close of the link
// that comes in its place fails with the reason it names (kGone for none); any other frame is kMalformed.
Result<void> send_control(TlsStream& stream, Bytes json, Deadline deadline, const std::stop_token& stop = {});
Result<Bytes> receive_control(TlsStream& stream, Deadline deadline, const std::stop_token& stop = {});
// refuse closes the link with a reason and gives the other side half a second to hear it.
void refuse(TlsStream& stream, ErrorCode reason);

}  // namespace countersign::link
