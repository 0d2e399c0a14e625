// SPDX-License-Identifier: Apache-2.0
#include <openssl/ts.h>

#include "fuzz/openssl_oracle.h"
#include "x509/stamp_token.h"
#include "x509/time_stamp.h"

namespace {

using namespace countersign;
using fuzz::require;

// What is taken for a request OpenSSL reads alike, and says the same of.
void compare(const x509::TimeStampRequest& request, BytesView der) {
  TS_REQ* const other = fuzz::read_as_openssl<TS_REQ>(der, d2i_TS_REQ, i2d_TS_REQ);
  require(TS_REQ_get_version(other) == 1, "the version is 1");
  const ASN1_OCTET_STRING* digest = TS_MSG_IMPRINT_get_msg(TS_REQ_get_msg_imprint(other));
  const BytesView theirs{ASN1_STRING_get0_data(digest), static_cast<std::size_t>(ASN1_STRING_length(digest))};
  require(equal(theirs, request.digest), "both read the same digest");
  require((TS_REQ_get_policy_id(other) == nullptr) == request.policy.empty(), "both see a policy or none");
  require((TS_REQ_get_nonce(other) == nullptr) == request.nonce.empty(), "both see a nonce or none");
  require((TS_REQ_get_cert_req(other) != 0) == request.wants_certificates,
          "both see whom to send certificates");
  require(TS_REQ_get_ext_count(other) <= 0, "there are no extensions");
  TS_REQ_free(other);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView der{data, size};
  const auto parsed = x509::parse_time_stamp_request(der);
  if (const auto* request = std::get_if<x509::TimeStampRequest>(&parsed)) {
    compare(*request, der);
  } else {
    const auto& refusal = std::get<x509::TimeStampRefusal>(parsed);
    require(!x509::read_time_stamp_response(x509::make_time_stamp_refusal(refusal)),
            "a refusal holds no token");
  }
  if (const auto token = x509::read_time_stamp_response(der))
    require(!x509::verify_stamp_token(token.value(), crypto::HashAlgorithm::kSha256, Sha256Digest{}, {}),
            "without a root no token is good");
  return 0;
}
