// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/boot_clock.h"

#include <ctime>
#include <system_error>

namespace countersign::authority {

BootMoment SystemBootClock::now() const {
  timespec time{};
  if (clock_gettime(CLOCK_BOOTTIME, &time) != 0)
    throw std::system_error(errno, std::generic_category(), "CLOCK_BOOTTIME");
  return BootMoment(std::chrono::floor<BootTime::duration>(std::chrono::seconds(time.tv_sec) +
                                                           std::chrono::nanoseconds(time.tv_nsec)));
}

}  // namespace countersign::authority
