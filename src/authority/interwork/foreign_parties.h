// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "authority/interwork/peers.h"
#include "base/clock_tolerance.h"
#include "x509/cms.h"
#include "x509/ocsp.h"

namespace countersign::authority {

// ForeignParty is a party whose home is another data centre, by the certificate that came with what it
// signed: its path to the root and its home are verified. Validity in time and status are judged at each use.
struct ForeignParty {
  x509::Certificate certificate;
  x509::Role role;       // verified along the path
  TimePoint valid_from;  // of the whole path: certificate, CA and root
  TimePoint valid_until;
  std::shared_ptr<const network::MapView> view;  // the map by which it was recognised
  Route route;                                   // into `view`
  x509::Certificate ca;                          // of the home, which issued the certificate
};

// ForeignStatus is what the home said of a certificate in answer to a question of ours, verified.
struct ForeignStatus {
  std::shared_ptr<const Bytes> response;  // OCSPResponse in DER: the evidence
  x509::OcspAnswer answer;
  TimePoint asked;  // by our clock
  // How the question went; see PeerAnswer.
  std::optional<std::chrono::microseconds> at_home;
};

// A status decides about an order for so long after it was asked for.
inline constexpr Seconds kMostStatusAge{30};

// judge_age says what speaks against deciding by this status at `now`: kHomeUnreachable, for something that
// is to be asked anew. Pure.
Result<void> judge_age(const ForeignStatus& status, TimePoint now, Seconds tolerance = kClockTolerance);

// ForeignParties knows the parties of other data centres by the network map, and asks their homes about them.
// Thread-safe.
class ForeignParties {
 public:
  struct Parts {
    x509::Name data_centre;  // our own
    CurrentMap current;
    Peers& peers;
    const Clock& clock;
  };
  explicit ForeignParties(Parts parts) : parts_(std::move(parts)) {}

  // Recognises the signer of a message by the certificate that the message carries: the map has its home,
  // which is not ours and not retired; the path verifies under the map's root; the issuer is a CA of exactly
  // that home. kNotFound where this authority has no map and thus no network; kHomeUnreachable while its map
  // is over; kExpired for a home that is retired; kCertificateUnknown, kNameNotPermitted, kWrongRole and what
  // else verify_path says.
  Result<std::shared_ptr<const ForeignParty>> recognise(const x509::UnverifiedCms& cms) const;
  Result<std::shared_ptr<const ForeignParty>> recognise(x509::Certificate certificate) const;
  // Whether what was recognised would be recognised now: the same map is in force, and the home not retired.
  bool is_current(const ForeignParty& party) const;

  // Asks the home, by way of the relay where the map names one, for the status at this moment: OCSP with a
  // nonce. Answers once, on a thread of the lane or on this one, with a status that is verified: signed by a
  // responder that one of the home's own CAs certified, about this certificate, for this nonce, of a time not
  // before the question and not over. Errors: those of PeerAnswer and of verify_ocsp_response.
  using Answer = std::function<void(Result<std::shared_ptr<const ForeignStatus>>)>;
  void ask_status(std::shared_ptr<const ForeignParty> party, Answer answer) const;

  // The chain of a message whose signer is of here, or of another data centre: x509::expect_chain, now, where
  // a CA may have been certified by each root that the map has, has passed or passes to. `own` is by whom our
  // own parties are known.
  Result<void> expect_chain(const x509::UnverifiedCms& cms, const x509::Certificate& signer,
                            const x509::TrustAnchor& own) const;
  Result<void> expect_chain(const x509::UnverifiedCms& cms, const ForeignParty& party) const;

  // Whether this data centre itself may confirm something new at `now`: kExpired once the map in force says
  // that it has retired.
  Result<void> expect_own_standing(TimePoint now) const;

  // What the map says about who confirms an order for `authority`, in words for a refusal.
  std::string describe_authority(const x509::Name& authority) const;

 private:
  const Parts parts_;
};

// expect_chain_of demands that besides the party's certificate the message carries exactly one, of the CA
// that issued it, so that a root alone suffices to verify it; see x509::expect_chain.
Result<void> expect_chain_of(const x509::UnverifiedCms& cms, const ForeignParty& party, TimePoint now);

// verify_foreign_status verifies an OCSPResponse about `party` that was asked for with `nonce` at `asked`, at
// `now`. Errors as ask_status.
Result<x509::OcspAnswer> verify_foreign_status(BytesView response, const ForeignParty& party, BytesView nonce,
                                               TimePoint asked, TimePoint now);

}  // namespace countersign::authority
