// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "authority/directory/directory.h"
#include "base/recent_map.h"
#include "x509/ocsp.h"

namespace countersign::authority {

struct OcspCacheOptions {
  Seconds reuse_for{60};   // a signed response is answered again for so long while the status is unchanged
  Seconds valid_for{600};  // nextUpdate - thisUpdate
  std::size_t capacity = 50'000;  // responses kept, about 1 kB each
};

// A signed, successful OCSP response about one certificate.
struct OcspResponse {
  std::shared_ptr<const Bytes> der;
  TimePoint this_update;
  TimePoint next_update;
};

// Who answers about the certificates of an earlier CA key: a responder that this key certified, as RFC 6960
// §4.2.2.2 has it.
struct EarlierResponder {
  x509::Certificate ca;
  x509::Issuer responder;
};

// OcspCache signs OCSP responses and reuses them: the answer for a certificate is made anew when its status
// version changed or the response reached `reuse_for`, so that a signature is paid per change, not per
// question. It holds no truth: the caller brings the status that it has just read. Thread-safe.
class OcspCache {
 public:
  explicit OcspCache(x509::Issuer responder, OcspCacheOptions options = {})
      : OcspCache(std::move(responder), {}, options) {}
  // With responders for certificates of earlier CA keys; where one has none, `responder` answers for it.
  OcspCache(x509::Issuer responder, std::vector<EarlierResponder> earlier, OcspCacheOptions options)
      : responder_(std::move(responder)),
        earlier_(std::move(earlier)),
        options_(options),
        responses_(options.capacity) {}

  // The response to `cert_id` (DER CertID), without nonce. Never-issued serials are answered unknown and not
  // kept.
  Result<OcspResponse> response(const Bytes& cert_id, const std::optional<Directory::QuickStatus>& status,
                                TimePoint now);

  const x509::Issuer& responder() const { return responder_; }  // of the present CA key
  // Who signs the answer to `cert_id`: the responder of the CA key that it names.
  const x509::Issuer& signer_of(BytesView cert_id) const;
  const OcspCacheOptions& options() const { return options_; }

 private:
  struct Kept {
    std::int64_t status_version;
    OcspResponse response;
  };
  const x509::Issuer responder_;
  const std::vector<EarlierResponder> earlier_;
  const OcspCacheOptions options_;
  std::mutex mutex_;  // guards responses_ for one look or one change; never held while signing
  RecentMap<std::string, Kept> responses_;
};

}  // namespace countersign::authority
