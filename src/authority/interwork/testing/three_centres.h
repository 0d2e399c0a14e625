// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>

#include "authority/interwork/testing/test_data_centre.h"
#include "sample/issuers.h"

namespace countersign::authority {

// Three data centres of a network, all asked themselves until a test says that the region kr relays for
// Seoul. Nothing is in force before `join`.
struct ThreeCentres : testing::Test {
  documents::MappedDataCentre& mapped(const TestDataCentre& centre) {
    for (auto& each : map.data_centres)
      if (each.name == centre.world.network.data_centre) return each;
    throw std::runtime_error("not mapped");
  }
  // Takes the map as it is now into use everywhere.
  void join() {
    view = view_of(map);
    for (TestDataCentre* each : {&region, &seoul, &osaka}) each->join(view);
  }
  void reach_seoul_through_the_region() {
    mapped(seoul).through = region.world.network.data_centre;
    join();
  }

  x509::Issuer root = sample::make_root(ManualClock().now() - std::chrono::hours(24));
  TestDataCentre region{root, "OU=kr,O=Countersign Demo"};
  TestDataCentre seoul{root, "OU=seoul-1,OU=kr,O=Countersign Demo"};
  TestDataCentre osaka{root, "OU=osaka-1,OU=jp,O=Countersign Demo"};
  documents::NetworkMap map = map_of({&region, &seoul, &osaka});
  std::shared_ptr<const network::MapView> view;
};

}  // namespace countersign::authority
