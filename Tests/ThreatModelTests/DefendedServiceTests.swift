import Testing
import ThreatModel

@Suite struct DefendedServiceTests {}
