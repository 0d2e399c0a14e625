// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/status/ocsp_cache.h"
#include "http/message.h"

namespace countersign::authority {

// OcspResponder answers OCSP requests (RFC 6960) from the directory: what was committed before the question
// is in the answer. It answers for every CA key of the data centre, and about a serial only for the key that
// issued it: for any other it is unknown. An answer is signed by the responder of the CA key that its first
// question names. Thread-safe.
class OcspResponder {
 public:
  // All referenced objects outlive the responder.
  OcspResponder(x509::Certificate ca, storage::Database& database, const Directory& directory,
                OcspCache& cache, const Clock& clock)
      : OcspResponder(std::vector<x509::Certificate>{std::move(ca)}, database, directory, cache, clock) {}
  OcspResponder(std::vector<x509::Certificate> cas, storage::Database& database, const Directory& directory,
                OcspCache& cache, const Clock& clock)
      : cas_(std::move(cas)), database_(database), directory_(directory), cache_(cache), clock_(clock) {}

  // POST with the DER request as body (RFC 6960 appendix A.1).
  http::Response post(const http::Request& request) const;
  // GET with the base64 of the DER request as the path's rest. Answers carry an entity tag and must be
  // revalidated, so that caches in between never hide a revocation.
  http::Response get(const http::Request& request) const;

 private:
  static constexpr std::size_t kKnownIssuers = 50'000;
  struct Reply {
    std::shared_ptr<const Bytes> der;
    bool reusable = false;  // signed, without nonce: may be kept by HTTP caches
    TimePoint this_update{};
    TimePoint next_update{};
  };
  // A request, and for each of its questions the CA that it names; nullptr for a stranger.
  struct Asked {
    x509::OcspRequest request;
    std::vector<const x509::Certificate*> issuers;
  };
  using Status = std::optional<Directory::QuickStatus>;
  Reply answer(BytesView der) const;
  Result<Asked> read(BytesView der) const;
  Result<Status> status_of(storage::Reader& reader, const x509::SerialNumber& serial,
                           const x509::Certificate& issuer) const;
  Result<bool> has_issued(storage::Reader& reader, const x509::Certificate& issuer,
                          const x509::SerialNumber& serial) const;
  Result<Reply> answer_questions(const Asked& asked) const;

  const std::vector<x509::Certificate> cas_;
  storage::Database& database_;
  const Directory& directory_;
  OcspCache& cache_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards issuers_ for one look or change
  mutable RecentMap<std::string, Bytes> issuers_{
      kKnownIssuers};  // key identifiers, by serial: they never change
};

}  // namespace countersign::authority
