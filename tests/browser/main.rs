//! Journeys in headless Chromium.
