// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/company_request.h"
#include "x509/status_staple.h"

namespace countersign::cardcompany {

// PublishedCertificates is what the company gives to merchants beforehand (F7 S31): the certificate that it
// signs with, and the one that payments are sealed to, each with a good status of now. Thread-safe.
class PublishedCertificates {
 public:
  // A certificate with what keeps its status fresh, which outlives this.
  struct Kept {
    x509::Certificate certificate;
    const x509::StatusStaple& status;
  };
  PublishedCertificates(Kept signing, Kept agreement)
      : signing_(std::move(signing)), agreement_(std::move(agreement)) {}

  // kUnavailable while the authority vouches for one of them not now.
  Result<documents::CompanyCertificates> current() const;

 private:
  const Kept signing_, agreement_;
};

}  // namespace countersign::cardcompany
