// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/status/ocsp_cache.h"
#include "http/message.h"

namespace countersign::authority {

// OcspResponder answers OCSP requests (RFC 6960) from the directory: what was committed before the question
// is in the answer. Thread-safe.
class OcspResponder {
 public:
  // All referenced objects outlive the responder.
  OcspResponder(x509::Certificate ca, storage::Database& database, const Directory& directory,
                OcspCache& cache, const Clock& clock)
      : ca_(std::move(ca)), database_(database), directory_(directory), cache_(cache), clock_(clock) {}

  // POST with the DER request as body (RFC 6960 appendix A.1).
  http::Response post(const http::Request& request) const;
  // GET with the base64 of the DER request as the path's rest. Answers carry an entity tag and must be
  // revalidated, so that caches in between never hide a revocation.
  http::Response get(const http::Request& request) const;

 private:
  struct Reply {
    std::shared_ptr<const Bytes> der;
    bool reusable = false;  // signed, without nonce: may be kept by HTTP caches
    TimePoint this_update{};
    TimePoint next_update{};
  };
  Reply answer(BytesView der) const;
  Result<Reply> answer_questions(const x509::OcspRequest& request) const;

  const x509::Certificate ca_;
  storage::Database& database_;
  const Directory& directory_;
  OcspCache& cache_;
  const Clock& clock_;
};

}  // namespace countersign::authority
