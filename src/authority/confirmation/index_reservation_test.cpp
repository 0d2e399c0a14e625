// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/index_reservation.h"

#include <gtest/gtest.h>

#include "authority/testing/test_network.h"
#include "storage/secret_folder.h"

namespace countersign::authority {
namespace {

class IndexReservationTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "confirmation-index";
};

TEST_F(IndexReservationTest, BeginsWithAStoreThatConfirmedNothing) {
  ASSERT_TRUE(IndexReservation::open(file_, 0));
  EXPECT_EQ(take(IndexReservation::read(file_)), 0);
}

TEST_F(IndexReservationTest, CoversIndicesAheadInBlocks) {
  IndexReservation reservation = take(IndexReservation::open(file_, 0));
  take(reservation.cover(1));
  EXPECT_EQ(take(IndexReservation::read(file_)), IndexReservation::kBlock);
  take(reservation.cover(IndexReservation::kBlock));
  EXPECT_EQ(take(IndexReservation::read(file_)), IndexReservation::kBlock);
  take(reservation.cover(IndexReservation::kBlock + 1));
  EXPECT_EQ(take(IndexReservation::read(file_)), 2 * IndexReservation::kBlock);
}

TEST_F(IndexReservationTest, RefusesAStoreThatIsOlder) {
  take(IndexReservation::write(file_, 10 * IndexReservation::kBlock));
  EXPECT_EQ(IndexReservation::open(file_, 5).error().code, ErrorCode::kConflict);
  EXPECT_TRUE(IndexReservation::open(file_, 9 * IndexReservation::kBlock));
}

TEST_F(IndexReservationTest, RefusesAStoreWithConfirmationsWhenTheFileIsLost) {
  EXPECT_EQ(IndexReservation::open(file_, 5).error().code, ErrorCode::kConflict);
}

TEST_F(IndexReservationTest, RefusesAFileThatHoldsSomethingElse) {
  for (const std::string_view content : {"", "12", "-1\n", "12\n\n", "0x10\n", "99999999999999999999\n"}) {
    take(storage::write_file(file_, as_bytes(content), storage::FileMode::kPrivate));
    EXPECT_EQ(IndexReservation::open(file_, 0).error().code, ErrorCode::kMalformed) << content;
  }
}

}  // namespace
}  // namespace countersign::authority
