// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "crypto/secret.h"
#include "http/address_policy.h"
#include "http/message.h"
#include "http/url.h"
#include "x509/cms.h"

namespace countersign::http {

// How a TLS peer is judged. Chain and profile are checked by verify_path for `role`; `expected_subject` pins
// the name (of the network map); empty means: the host or origin must be among the certificate's names.
struct PeerCheck {
  std::shared_ptr<const x509::TrustAnchor> anchor;
  x509::Role role = x509::Role::kAuthorityServer;
  std::optional<x509::Name> expected_subject;
  bool require_stapled_status = false;  // a stapled, good, fresh OCSP response of the peer's CA
  std::shared_ptr<const Clock> clock;   // at which the peer must be valid; null: the system's
};

struct ClientOptions {
  std::optional<PeerCheck> peer = {};         // absent: the peer is not authenticated (see inspect_peer)
  std::optional<x509::Signer> identity = {};  // client certificate
  AddressPolicy addresses = AddressPolicy::kAny;
  std::chrono::milliseconds connect_timeout{3000};
  std::chrono::milliseconds total_timeout{15000};
  std::size_t max_response = 1 << 20;
  // Called with the DER chain that the peer presented, leaf first, before any request is sent; refusing ends
  // the connection. For a first contact that pins a fingerprint, and for looking at a peer without trusting
  // it.
  std::function<Result<void>(const std::vector<Bytes>& chain)> inspect_peer = {};
  // For connections that go another way than over the network. Nothing is looked up or connected to, and
  // `addresses` has no say; this is called with a stream socket of each connection instead, whose bytes it
  // carries to the peer and back until either end closes; it owns the socket, also when it fails. https only;
  // the base URL still says who the peer must be.
  std::function<Result<void>(int socket)> carry = {};
};

// Client speaks HTTP/1.1 to one base URL, TLS 1.3 for https; keeps connections alive; follows no redirect;
// blocks. Thread-safe: each thread uses a connection of its own. Errors: kUnavailable (no answer:
// unreachable, timeout), kTooLarge, kForbidden (AddressPolicy), kUnauthenticated (the peer refused our
// certificate), of the peer's check what verify_path says, and kWrongOrigin for a peer of another name. HTTP
// error statuses are Responses.
class Client {
 public:
  // base_url: "https://127.0.0.1:8443" without path.
  static Result<std::unique_ptr<Client>> create(std::string_view base_url, ClientOptions options);
  ~Client();
  Result<Response> send(const Request& request);

  // Path and query as they go over the wire; in send() they are encoded from Request::path and query.
  Result<Response> get(std::string_view path_and_query);
  Result<Response> post(std::string_view path, Bytes body, std::string_view content_type);

  // The exporter (payment_exporter in http/tls.h) of the connection that the newest request went over. For
  // clients used by one thread at a time; kNotFound before the first request and without TLS.
  Result<crypto::SecretBytes> tls_exporter();

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace countersign::http
