// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "network/kept_map.h"

namespace countersign::network {

// What a party knows of its own data centre without any map: its CAs below the root that it was configured
// with, and where its responder answers (empty for who asks none).
struct OwnDataCentre {
  std::shared_ptr<const x509::TrustAnchor> anchor;
  x509::Name name;
  std::string status_url;
};

// AnchorSource is whom a party trusts at this moment: every data centre of the network map that it keeps, or
// its own alone where there is no map, or where the map is over. Thread-safe.
class AnchorSource {
 public:
  // Without `kept` it is the own data centre for good.
  explicit AnchorSource(OwnDataCentre own, std::shared_ptr<KeptMap> kept = nullptr);

  const x509::Name& data_centre() const { return own_.name; }
  const std::string& own_status_url() const { return own_.status_url; }
  // What the map says of the own data centre outweighs what was found without it; a map that does not name
  // the own data centre does not take it away. Data centres that have retired are left out. Where the map is
  // over it is the own data centre alone, by the CAs that this map names for it, below the root that maps
  // have passed to: neither a root nor a CA comes back that they left.
  std::shared_ptr<const x509::TrustAnchor> current() const;
  // Demands that who presented `chain` (DER, the server's certificate first) in TLS is the authority of the
  // own data centre: by the CAs of current(), or by a CA of that very data centre that came in the chain and
  // verifies under the root, as one does that was made while this party was off, and never one that maps have
  // taken out. For the question after a newer map alone, which is verified by itself; everything else demands
  // what the map in force says. Needs `kept`, and is judged by its clock.
  Result<void> expect_own_authority(const std::vector<Bytes>& chain) const;
  // KeptMap::has_withdrawn; false without `kept`.
  bool has_withdrawn(const x509::Certificate& ca) const { return kept_ && kept_->has_withdrawn(ca); }
  // Demands that who signed a confirmation that was made at `decided`, or a refusal, may do so by the map in
  // force: his path verifies in that role, the CA above him is one of that very data centre, and that had not
  // retired when he confirmed (by the newest map, in force or not). A signature that has verified under the
  // root is thus not enough for an answer that is new. kCertificateUnknown, kForbidden, kExpired, and what
  // verify_path says; errors of map() for another data centre than the own one.
  enum class Answer { kConfirmation, kRefusal };
  Result<void> expect_confirms(const x509::Certificate& signer, const x509::Name& data_centre, Answer answer,
                               TimePoint decided) const;
  // Where the status of a certificate with this subject is asked: at the data centre that the map names as
  // its home. Never what a certificate says. kCertificateUnknown where there is none, or it has retired.
  Result<std::string> status_url_of(const x509::Name& subject, TimePoint now) const;
  // The data centre that answers for this subject, in text: empty for our own, the subject itself where
  // nobody is known to.
  std::string foreign_home_of(const x509::Name& subject) const;
  // The data centre of this very name. kCertificateUnknown where the map has none, kExpired and kNotFound as
  // KeptMap::current.
  Result<documents::MappedDataCentre> data_centre_named(const x509::Name& name) const;

  // Takes a newer map; see KeptMap. kUnsupported without `kept`.
  Result<KeptMap::Taken> take(BytesView signed_map);
  // The map in use; errors of KeptMap::current.
  Result<std::shared_ptr<const MapView>> map() const;
  // The newest map even if it is over; null before there is one.
  std::shared_ptr<const MapView> newest() const;

  // Passes a verdict on; one that failed for want of a CA makes wants_newer true.
  template <typename T>
  Result<T> note(Result<T> verdict) const {
    if (!verdict && verdict.error().code == ErrorCode::kCertificateUnknown) wanted_ = true;
    return verdict;
  }
  // Whether a newer map was wanted since this was asked last.
  bool wants_newer() const { return wanted_.exchange(false); }

 private:
  std::shared_ptr<const x509::TrustAnchor> anchor_of(const std::shared_ptr<const MapView>& view) const;
  bool is_own(const x509::Name& subject, const documents::MappedDataCentre* home) const;
  std::shared_ptr<const x509::TrustAnchor> own_anchor() const;
  std::shared_ptr<const x509::TrustAnchor> own_anchor_by(const MapView& newest) const;

  const OwnDataCentre own_;
  const std::shared_ptr<KeptMap> kept_;
  mutable std::atomic<bool> wanted_{false};
  mutable std::mutex mutex_;                                 // guards what follows
  mutable std::shared_ptr<const MapView> joined_view_;       // that the anchor below was made of
  mutable std::size_t joined_without_ = 0;                   // how many of it had retired
  mutable std::shared_ptr<const x509::TrustAnchor> joined_;  // whom a map lets trust, and the own data centre
  mutable std::shared_ptr<const MapView> own_view_;          // that the anchor below was made by
  mutable std::shared_ptr<const x509::TrustAnchor> own_joined_;  // the own data centre below the present root
};

}  // namespace countersign::network
