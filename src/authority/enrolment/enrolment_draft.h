// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/enrolment/enrolments.h"

namespace countersign::authority {

// Draft is an enrolment with the certificates and the password of its newest attempt, before any of it is
// stored.
struct Enrolments::Draft {
  Enrolment enrolment;
  CertificatePair pair;
  crypto::SecretBytes password;
};

// The purposes for which a holder's key seals or derives.
inline constexpr std::string_view kConsentPurpose = "consent";
std::string objection_purpose(const Enrolment& enrolment);
std::string suspension_purpose(std::string_view enrolment);

// Whether the digest stored is that of `presented`; constant time; an empty stored digest equals nothing.
bool is_digest_of(const Bytes& stored, std::string_view presented);

// name_for_people writes a merchant's subject with its CN in front.
std::string name_for_people(std::string_view subject);

}  // namespace countersign::authority
