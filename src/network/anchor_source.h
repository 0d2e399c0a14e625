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
  // the own data centre does not take it away. Data centres that have retired are left out.
  std::shared_ptr<const x509::TrustAnchor> current() const;
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

  const OwnDataCentre own_;
  const std::shared_ptr<KeptMap> kept_;
  mutable std::atomic<bool> wanted_{false};
  mutable std::mutex mutex_;                                 // guards what follows
  mutable std::shared_ptr<const MapView> joined_view_;       // that the anchor below was made of
  mutable std::size_t joined_without_ = 0;                   // how many of it had retired
  mutable std::shared_ptr<const x509::TrustAnchor> joined_;  // whom a map lets trust, and the own data centre
};

}  // namespace countersign::network
