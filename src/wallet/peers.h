// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "documents/dialogue.h"
#include "http/client.h"
#include "x509/path.h"

namespace countersign::wallet {

// What a data centre says of itself to anyone who asks.
struct NetworkFacts {
  x509::Name data_centre;
  x509::Certificate root;
  std::vector<x509::Certificate> cas;  // the present one first; several after it changed its key
};

// Certificates issued for keys that the wallet made, and those above them.
struct IssuedCertificates {
  std::vector<x509::Certificate> certificates;
  std::vector<x509::Certificate> authorities;
  std::string enrolment;  // id, for a renewal that the holder asked for
  // In place of the second certificate, where the agreement key has not signed its request
  // (documents::AgreementCertificate, sealed to that key).
  Bytes sealed_agreement{};
};

struct Completion {
  std::string suspension_code;  // suspends a lost wallet at once
};

// One line of what the authority lists as issued to the holder's address.
struct ListedCertificate {
  std::string serial, role, state, not_before, not_after, registered_by, key_origin;
};

// AuthorityAccess is what the wallet asks of an authority, over a connection whose peer has been
// authenticated. Errors: kUnavailable (no answer; ask again) and those that the authority states.
class AuthorityAccess {
 public:
  virtual ~AuthorityAccess() = default;
  virtual Result<NetworkFacts> network() = 0;
  // The signed network map, not verified yet; kNotFound where the authority has none. Waits for seconds only.
  virtual Result<Bytes> network_map() = 0;
  // The consent as the merchant signed it (CMS); can be asked for again.
  virtual Result<Bytes> fetch_consent(const std::string& enrolment, const std::string& token) = 0;
  // The PKCS#12, once; kGone afterwards.
  virtual Result<Bytes> fetch_key_file(const std::string& enrolment, const std::string& token) = 0;
  struct OwnKeys {
    std::string token, code;   // of the link and of the mail
    Bytes signing, agreement;  // PKCS#10; see KeyRequests
  };
  virtual Result<IssuedCertificates> request_certificates(const std::string& enrolment,
                                                          const OwnKeys& keys) = 0;
  // Hands in the consent acceptance (CMS) and ends the hold.
  virtual Result<Completion> complete(const std::string& enrolment, BytesView acceptance) = 0;
  // Suspends without a key, by the code that the holder was given.
  virtual Result<void> suspend_by_code(const std::string& serial, const std::string& code) = 0;
  // Hands in a holder request (CMS); the answer depends on the action.
  virtual Result<Bytes> ask(BytesView holder_request) = 0;
  // Hands in one that asks for a confirmation: its receipt (JSON), or the confirmation alone (CMS) where
  // there is none. Not verified yet.
  virtual Result<Bytes> ask_for_receipt(BytesView holder_request) = 0;
};

// What came back for a signed order.
struct Decision {
  Bytes document;           // CMS: confirmation or refusal
  bool is_refusal = false;  // as the gateway says; the document itself decides
};

// GatewayAccess is what the wallet asks of a merchant's gateway. `merchant` is the certificate of the TLS
// peer: verified in the role of a merchant, its names holding the gateway's host, its stapled status good.
class GatewayAccess {
 public:
  virtual ~GatewayAccess() = default;
  virtual const x509::Certificate& merchant() const = 0;
  // Binds the checkout to this purchaser; the same order's bytes when asked again. kConflict when another
  // took it.
  virtual Result<Bytes> fetch_order(const std::string& checkout, const std::string& token,
                                    const x509::Certificate& purchaser) = 0;
  virtual Result<Decision> submit(const std::string& checkout, const std::string& token,
                                  BytesView signed_order) = 0;
  // The receipt of a confirmed checkout, as the merchant has it now; not verified yet. kNotFound without one.
  // Asked for some seconds at most: a purchase can do without.
  virtual Result<Bytes> fetch_receipt(const std::string& checkout, const std::string& token) = 0;
  virtual Result<void> cancel(const std::string& checkout, const std::string& token) = 0;
  // One message of the purchase dialogue, and the gateway's answer. The same message again gets the same
  // answer.
  virtual Result<documents::GatewayMessage> converse(const std::string& checkout, const std::string& token,
                                                     const documents::WalletMessage& message) = 0;
  // Whether a connection stands, or can be opened anew where the last one has ended.
  virtual Result<void> reach() = 0;
  // Like `converse`, for a message that is good on one connection alone: it is made with the exporter
  // (http/tls.h) of the one that stands, and again where that one ended without an answer. The message before
  // may have arrived; the gateway answers both alike. An error without `make` having been called: nothing has
  // left.
  using ForConnection = std::function<Result<documents::WalletMessage>(BytesView exporter)>;
  virtual Result<documents::GatewayMessage> converse_over(const std::string& checkout,
                                                          const std::string& token,
                                                          const ForConnection& make) = 0;
};

// Carrier takes the bytes of connections another way than over the network (http::ClientOptions::carry).
using Carrier = std::function<Result<void>(int socket)>;

// Peers opens connections.
class Peers {
 public:
  virtual ~Peers() = default;
  // First contact: the chain that the authority presents must end in the root with this fingerprint, its
  // server certificate verify below it in the role of an authority's server and name the host. Nothing is
  // believed for good.
  virtual Result<std::unique_ptr<AuthorityAccess>> first_contact(const std::string& url,
                                                                 const Sha256Digest& root) = 0;
  // The authority of that data centre, known by its role and by the one subject that its server has.
  virtual Result<std::unique_ptr<AuthorityAccess>> authority(
      const std::string& url, const x509::Name& data_centre,
      std::shared_ptr<const x509::TrustAnchor> anchor) = 0;
  // Over the network, or by `carrier` where there is one.
  virtual Result<std::unique_ptr<GatewayAccess>> gateway(const std::string& url,
                                                         std::shared_ptr<const x509::TrustAnchor> anchor,
                                                         Carrier carrier) = 0;
};

// How long to wait for one answer.
struct AnswerLimits {
  // Payment check, countersigning and the authority's decision lie within one answer of a gateway.
  std::chrono::milliseconds gateway{30000};
  std::chrono::milliseconds authority{15000};
};

// make_http_peers speaks to them over TLS 1.3.
std::unique_ptr<Peers> make_http_peers(http::AddressPolicy addresses, const Clock& clock,
                                       AnswerLimits limits = {});

}  // namespace countersign::wallet
