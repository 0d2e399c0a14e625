// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/ocsp.h"
#include "x509/test_network.h"

namespace countersign::x509 {

// TestResponder is the OCSP responder of a test network. It states of every certificate what the test says,
// for ten minutes.
struct TestResponder {
  explicit TestResponder(const TestNetwork& test_network) : network(test_network) {}

  // A response about the certificate with this CertID; without nonce, as a prepared one is.
  Bytes state(const Bytes& cert_id, TimePoint now, BytesView nonce = {}) const {
    const OcspAnswer answer{cert_id, status, now, now + kLife};
    return sign_ocsp_response({certificate, key}, {&answer, 1}, nonce, now).value();
  }
  Bytes state(const Certificate& subject, TimePoint now) const {
    return state(make_cert_id(network.ca, subject.serial()), now);
  }
  // What it says to a request, which it repeats the nonce of.
  Bytes respond(BytesView request, TimePoint now) const {
    const auto asked = parse_ocsp_request(request, network.ca).value();
    return state(asked.questions.front().cert_id, now, asked.nonce);
  }

  static constexpr Seconds kLife{600};
  const TestNetwork& network;
  crypto::PrivateKey key = new_key();
  Certificate certificate = network.issue(Role::kOcspResponder, key.public_key());
  CertificateStatus status{StatusKind::kGood, {}, {}};
};

}  // namespace countersign::x509
